#include "millrace/infer/inferencer.h"

#include <c10/core/InferenceMode.h>
#include <algorithm>

#include "millrace/data/data_loader.h"
#include "millrace/infer/given_inputs.h"
#include "millrace/infer/inference_source.h"
#include "millrace/model/layer_paths.h"
#include "millrace/model/training_modes.h"
#include "millrace/structures/batch_text.h"
#include "millrace/tensor/device.h"
#include "millrace/tensor/torch_failure.h"
#include "millrace/vis/task_view.h"

namespace millrace {
namespace {

/// A network that is also trained goes back to it afterwards.
class EvaluationScope {
 public:
  explicit EvaluationScope(Model& model) : model_(model) {
    if (!model.is_training()) return;
    before_.emplace(model);
    model_.set_training(false);
  }
  ~EvaluationScope() {
    if (before_) before_->restore(model_);
  }
  EvaluationScope(const EvaluationScope&) = delete;
  EvaluationScope& operator=(const EvaluationScope&) = delete;

 private:
  Model& model_;
  std::optional<TrainingModes> before_;
};

}  // namespace

class Inferencer::Impl {
 public:
  Impl(InferenceParts parts, const Options& options)
      : parts_(std::move(parts)), pipeline_(parts_.pipeline), options_(options) {
    if (options_.batch_size < 1)
      throw Error("Inferencer.batch_size must be at least 1, got " + std::to_string(options_.batch_size));
    if (options_.workers < 0)
      throw Error("Inferencer.workers must be at least 0, got " + std::to_string(options_.workers));
  }

  void for_each_batch(const std::vector<InferenceInput>& inputs, const std::function<void(Batch&)>& visit) {
    if (inputs.empty()) return;
    const EvaluationScope evaluation(*parts_.model);
    const int64_t batches = (static_cast<int64_t>(inputs.size()) + options_.batch_size - 1) / options_.batch_size;
    DataLoader loader(
        {.dataset = std::make_shared<GivenInputs>(pipeline_, inputs),
         .batch_size = options_.batch_size,
         .num_workers = batches == 1 ? 0 : static_cast<int>(std::min<int64_t>(options_.workers, batches))},
        {.mode = Mode::test, .device = parts_.model->device()});
    for (Batch& batch : loader.from(0)) {
      {
        const c10::InferenceMode inference;
        const PrecisionScope scope(parts_.precision, parts_.model->device());
        explained([&] { with_layer_paths(*parts_.model, [&] { parts_.model->test_step(batch); }); },
                  [&] { return std::vector<std::string>{"in the prediction of " + batch_text(batch)}; });
      }
      visit(batch);
    }
  }

  std::vector<Sample> predict(const std::vector<InferenceInput>& inputs) {
    std::vector<Sample> rows;
    for_each_batch(inputs, [&](Batch& batch) {
      batch.erase(keys::img);
      const Batch shown = for_people(batch);
      for (int64_t i = 0; i < shown.size(); ++i) rows.push_back(shown.row(i));
    });
    return rows;
  }

  const InferenceParts& parts() const { return parts_; }

 private:
  InferenceParts parts_;
  InferencePipeline pipeline_;
  Options options_;
};

namespace {

template <class Impl>
Impl& there(const std::unique_ptr<Impl>& impl) {
  if (!impl) throw Error("the Inferencer was moved from");
  return *impl;
}

}  // namespace

Inferencer::Inferencer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Inferencer::Inferencer(const std::string& config, const std::string& checkpoint, Options options)
    : impl_(std::make_unique<Impl>(read_inference_parts(config, checkpoint, options), options)) {}
Inferencer::Inferencer(std::shared_ptr<Model> model, const std::vector<Component<Transform>>& pipeline,
                       State dataset_meta, Options options) {
  if (!model) throw Error("the model of an Inferencer is a null pointer");
  InferenceParts parts{.model = std::move(model), .pipeline = pipeline, .dataset_meta = std::move(dataset_meta)};
  if (const Component<TaskView> view = parts.model->task_view()) parts.task_view = view.build();
  if (options.device) parts.model->to(checked_device(*options.device));
  parts.precision = supported_precision(options.precision.value_or(Precision::fp32), parts.model->device());
  impl_ = std::make_unique<Impl>(std::move(parts), options);
}
Inferencer::~Inferencer() = default;
Inferencer::Inferencer(Inferencer&&) noexcept = default;

Inferencer Inferencer::from_checkpoint(const std::string& checkpoint, Options options) {
  return Inferencer(std::make_unique<Impl>(read_inference_parts("", checkpoint, options), options));
}

Sample Inferencer::predict(const InferenceInput& input) {
  return std::move(there(impl_).predict(std::vector<InferenceInput>{input}).front());
}

std::vector<Sample> Inferencer::predict(const std::vector<InferenceInput>& inputs) {
  return there(impl_).predict(inputs);
}

void Inferencer::for_each_batch(const std::vector<InferenceInput>& inputs, const std::function<void(Batch&)>& visit) {
  there(impl_).for_each_batch(inputs, visit);
}
Model& Inferencer::model() { return *there(impl_).parts().model; }
const State& Inferencer::dataset_meta() const { return there(impl_).parts().dataset_meta; }
TaskView& Inferencer::task_view() {
  if (there(impl_).parts().task_view) return *there(impl_).parts().task_view;
  throw Error("the model has no task view, so its predictions cannot be shown")
      .help("task_view=dict(type=...) in the config, or Model::task_view(); millrace list TaskView");
}

const std::vector<std::string>& Inferencer::notices() const { return there(impl_).parts().notices; }

}  // namespace millrace
