#include "millrace/infer/inferencer.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/data/data_loader.h"
#include "millrace/infer/given_inputs.h"
#include "millrace/infer/inference_source.h"
#include "millrace/tensor/device.h"

namespace millrace {
namespace {

/// A network that is also trained goes back to it afterwards.
class EvaluationScope {
 public:
  explicit EvaluationScope(Model& model) : model_(model), was_training_(model.is_training()) {
    if (was_training_) model_.set_training(false);
  }
  ~EvaluationScope() {
    if (was_training_) model_.set_training(true);
  }
  EvaluationScope(const EvaluationScope&) = delete;
  EvaluationScope& operator=(const EvaluationScope&) = delete;

 private:
  Model& model_;
  bool was_training_;
};

std::string keys_of(const Batch& batch) {
  std::vector<std::string> names;
  for (const Batch::Entry& entry : batch.entries()) names.push_back(entry.key.name());
  return join(names);
}

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
        parts_.model->test_step(batch);
      }
      visit(batch);
    }
  }

  std::vector<Prediction> predictions(const Batch& batch) const {
    if (!batch.has(keys::pred_score))
      throw Error("the model says no class of its inputs: it gives no 'pred_score'")
          .note("the batch has: " + keys_of(batch))
          .help("for_each_batch gives all that it says");
    const at::Tensor scores = batch.tensor(keys::pred_score).to(at::kCPU, at::kDouble).contiguous();
    if (scores.dim() != 2 || scores.size(1) == 0)
      throw Error(fmt::format("pred_score is (N, K), one score a class, this one has {} dimensions", scores.dim()));
    std::vector<Prediction> rows;
    const int64_t count = scores.size(1);
    for (int64_t i = 0; i < scores.size(0); ++i) {
      const double* row = scores.const_data_ptr<double>() + i * count;
      Prediction said;
      said.scores.assign(row, row + count);
      said.label = std::max_element(row, row + count) - row;
      said.score = row[said.label];
      const auto label = static_cast<size_t>(said.label);
      said.name = label < parts_.classes.size() ? parts_.classes[label] : std::to_string(said.label);
      rows.push_back(std::move(said));
    }
    return rows;
  }

  const InferenceParts& parts() const { return parts_; }

 private:
  InferenceParts parts_;
  InferencePipeline pipeline_;
  Options options_;
};

Inferencer::Inferencer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Inferencer::Inferencer(const std::string& config, const std::string& checkpoint, Options options)
    : impl_(std::make_unique<Impl>(read_inference_parts(config, checkpoint, options), options)) {}
Inferencer::Inferencer(std::shared_ptr<Model> model, const std::vector<Component<Transform>>& pipeline,
                       std::vector<std::string> classes, Options options) {
  InferenceParts parts{std::move(model), pipeline, std::move(classes), {}};
  if (options.device) parts.model->to(checked_device(*options.device));
  parts.precision = supported_precision(options.precision.value_or(Precision::fp32), parts.model->device());
  impl_ = std::make_unique<Impl>(std::move(parts), options);
}
Inferencer::~Inferencer() = default;
Inferencer::Inferencer(Inferencer&&) noexcept = default;

Inferencer Inferencer::from_checkpoint(const std::string& checkpoint, Options options) {
  return Inferencer(std::make_unique<Impl>(read_inference_parts("", checkpoint, options), options));
}

Prediction Inferencer::predict(const InferenceInput& input) {
  return predict(std::vector<InferenceInput>{input}).front();
}

std::vector<Prediction> Inferencer::predict(const std::vector<InferenceInput>& inputs) {
  std::vector<Prediction> all;
  for_each_batch(inputs, [&](Batch& batch) {
    for (Prediction& row : predictions(batch)) all.push_back(std::move(row));
  });
  return all;
}

void Inferencer::for_each_batch(const std::vector<InferenceInput>& inputs, const std::function<void(Batch&)>& visit) {
  impl_->for_each_batch(inputs, visit);
}
std::vector<Prediction> Inferencer::predictions(const Batch& batch) const { return impl_->predictions(batch); }
Model& Inferencer::model() { return *impl_->parts().model; }
const std::vector<std::string>& Inferencer::classes() const { return impl_->parts().classes; }
const std::vector<std::string>& Inferencer::notices() const { return impl_->parts().notices; }

}  // namespace millrace
