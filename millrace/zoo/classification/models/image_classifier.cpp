#include "millrace/zoo/classification/models/image_classifier.h"

#include <fmt/format.h>

#include "millrace/model/weights.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "millrace/zoo/classification/models/average_cls_score_tta.h"
#include "millrace/zoo/classification/models/cls_data_preprocessor.h"
#include "millrace/zoo/classification/view/classification_view.h"

namespace millrace {

void TypeOf<classification::PreprocessorField>::bind(classification::PreprocessorField& field, const Value& value,
                                                     Binder& binder) {
  if (value.is_null()) return;
  Value typed = value;
  if (value.is_dict() && !value.find("type")) {
    typed = Value::dict().set_place(value.place());
    typed.as_dict().set("type", MILLRACE_SCOPE ".ClsDataPreprocessor");
    for (const auto& [key, item] : value.as_dict()) typed.as_dict().set(key, item);
  }
  TypeOf<Component<DataPreprocessor>>::bind(field, typed, binder);
}

namespace classification {
namespace {

std::shared_ptr<DataPreprocessor> preprocessor_of(const ImageClassifier::Options& options) {
  const std::shared_ptr<DataPreprocessor> preprocessor =
      options.data_preprocessor.empty() ? std::make_shared<ClsDataPreprocessor>() : options.data_preprocessor.build();
  if (options.train_cfg.empty()) return preprocessor;
  auto* const mixing = dynamic_cast<ClsDataPreprocessor*>(preprocessor.get());
  if (!mixing) throw Error("train_cfg with augments needs a ClsDataPreprocessor, which mixes the batches");
  if (!mixing->augments_batches()) mixing->set_batch_augments(options.train_cfg.build());
  return preprocessor;
}

/// Runs a part; what it throws of its input is placed where the part was configured.
template <class F>
auto placed(const Place& place, F run) {
  try {
    return run();
  } catch (Error& error) {
    error.locate(place);
    throw;  // as what it is: a LayerError, for one
  }
}

/// Necks one behind the other, named by their numbers.
class NeckChain final : public Neck {
 public:
  explicit NeckChain(const std::vector<Component<Neck>>& necks) {
    for (const Component<Neck>& neck : necks)
      necks_.push_back(register_module(std::to_string(necks_.size()), neck.build()));
  }
  Features forward(const Features& features) override {
    Features last = features;
    for (const auto& neck : necks_) last = nn::call(*neck, last);
    return last;
  }

 private:
  std::vector<std::shared_ptr<Neck>> necks_;
};

}  // namespace

ImageClassifier::ImageClassifier(Options given) : BaseModel(preprocessor_of(given)) {
  Options options = checked<ImageClassifier>(std::move(given));
  backbone_ = register_module("backbone", options.backbone->build());
  backbone_place_ = options.backbone->config().place();
  if (options.neck && options.neck->is_list()) {
    neck_ =
        register_module("neck", std::static_pointer_cast<Neck>(std::make_shared<NeckChain>(options.neck->values())));
  } else if (options.neck && !options.neck->empty() && (*options.neck)[0]) {
    neck_ = register_module("neck", (*options.neck)[0].build());
  }
  if (neck_) neck_place_ = (*options.neck)[0].config().place();
  if (options.head && *options.head) {
    head_ = register_module("head", options.head->build());
    head_place_ = options.head->config().place();
  }
  pretrained_ = std::move(options.pretrained);
  set_init(std::move(options.init_cfg));
}

Features ImageClassifier::extract(const at::Tensor& inputs) {
  Features features = placed(backbone_place_, [&] { return nn::call(*backbone_, inputs); });
  if (neck_) features = placed(neck_place_, [&] { return nn::call(*neck_, features); });
  return features;
}

Head& ImageClassifier::head() const {
  if (!head_)
    throw Error("ImageClassifier has no head: it gives features, but no losses and no predictions")
        .help("model.head={'type': 'LinearClsHead', 'num_classes': 10, 'in_channels': 512}");
  return *head_;
}

void ImageClassifier::check_use(Mode mode) const {
  const Head& own = head();
  if (mode == Mode::train) placed(head_place_, [&] { own.check_training(); });
}

void ImageClassifier::check_batch(const Batch& batch) const {
  if (head_) placed(head_place_, [&] { head_->check_targets(batch); });
}

LossMap ImageClassifier::loss(Batch& batch) {
  Head& own = head();
  const Features features = extract(batch.tensor(keys::inputs));
  return placed(head_place_, [&] { return own.loss(features, batch); });
}

void ImageClassifier::predict(Batch& batch) {
  Head& own = head();
  const Features features = extract(batch.tensor(keys::inputs));
  placed(head_place_, [&] { return own.predict(features, batch); });
}

at::Tensor ImageClassifier::forward(at::Tensor inputs) {
  const Features features = extract(inputs);
  if (!head_) return features.back();
  return placed(head_place_, [&] { return nn::call(*head_, features); }).back();
}

Component<TaskView> ImageClassifier::task_view() const { return std::make_shared<ClassificationView>(); }

Component<BaseTTAModel> ImageClassifier::tta_model() const { return std::make_shared<AverageClsScoreTTA>(); }

void ImageClassifier::init_weights() {
  BaseModel::init_weights();
  if (!pretrained_) return;
  try {
    load_weights(modules(), *pretrained_, {.fit = Fit::any});
  } catch (WeightsMisfit& misfit) {
    misfit.word({.revise = [&](auto keys) {
      return fmt::format("init_cfg=dict(type='Pretrained', checkpoint='{}', revise_keys={}) instead of pretrained",
                         *pretrained_, as_python_list(keys));
    }});
    throw Error(misfit);
  }
}

MILLRACE_REGISTER(Model, ImageClassifier);

}  // namespace classification
}  // namespace millrace
