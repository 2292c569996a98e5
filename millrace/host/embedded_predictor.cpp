// The entry of cli/embedded.h for trained networks.
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "millrace/host/embedded_entries.h"
#include "millrace/infer/inference_source.h"
#include "millrace/model/layer_paths.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

constexpr std::pair<ElementType, at::ScalarType> kElementTypes[] = {
    {ElementType::float32, at::kFloat},     {ElementType::float64, at::kDouble}, {ElementType::float16, at::kHalf},
    {ElementType::bfloat16, at::kBFloat16}, {ElementType::uint8, at::kByte},     {ElementType::int8, at::kChar},
    {ElementType::int16, at::kShort},       {ElementType::int32, at::kInt},      {ElementType::int64, at::kLong},
    {ElementType::boolean, at::kBool}};

at::Tensor tensor_on(const TensorView& view) {
  for (const auto& [type, scalar] : kElementTypes)
    if (type == view.type) return at::from_blob(view.data, view.shape, view.strides, at::TensorOptions(scalar));
  throw Error(fmt::format("input '{}' has an unknown type of elements: {}", view.name, static_cast<int>(view.type)));
}

class HostedNetwork final : public EmbeddedPredictor {
 public:
  explicit HostedNetwork(const EmbeddedPredictorRequest& request) {
    Inferencer::Options options;
    options.overrides = request.overrides;
    parts_ = request.bytes ? inference_parts_in_memory(request.config, *request.bytes, request.checkpoint, options)
                           : read_inference_parts(request.config, request.checkpoint, options, Pipelines::optional);
    parts_.model->set_training(false);
    if (const State* classes = parts_.dataset_meta.find("classes"); classes && classes->is_sequence())
      for (const State& name : classes->items())
        if (name.is_string()) classes_.push_back(name.string());
  }

  const std::vector<TensorView>& predict(const std::vector<TensorView>& inputs) override {
    views_.clear();
    outputs_.clear();
    const int64_t rows = inputs.front().shape.front();
    Batch batch(rows);
    for (const TensorView& input : inputs) {
      if (input.shape.front() != rows)
        throw Error(fmt::format("input '{}' has {} rows, '{}' has {}", input.name, input.shape.front(),
                                inputs.front().name, rows));
      batch.set(Key(input.name), Dense{tensor_on(input)});
    }
    {
      const c10::InferenceMode inference;
      const PrecisionScope scope(parts_.precision, parts_.model->device());
      with_layer_paths(*parts_.model, [&] { parts_.model->test_step(batch); });
    }
    for (const Batch::Entry& entry : batch.entries()) {
      const auto* dense = std::get_if<Dense>(&entry.column);
      if (!dense || !entry.key.name().starts_with("pred_")) continue;
      add_output(entry.key.name(), dense->values.cpu());
    }
    return views_;
  }
  const std::vector<std::string>& classes() const override { return classes_; }

 private:
  void add_output(const std::string& name, const at::Tensor& values) {
    for (const auto& [type, scalar] : kElementTypes) {
      if (scalar != values.scalar_type()) continue;
      outputs_.push_back(values);
      views_.push_back({name, values.data_ptr(), type, values.sizes().vec(), values.strides().vec()});
    }
  }

  InferenceParts parts_;
  std::vector<std::string> classes_;
  std::vector<at::Tensor> outputs_;
  std::vector<TensorView> views_;
};

void configure_embedded(const EmbeddedProcess& process) {
  ProcessOptions options;
  if (process.threads > 0) options.threads = static_cast<int>(process.threads);
  options.deterministic = process.deterministic;
  configure_process(options);
}

[[maybe_unused]] const bool embedded_is_installed = [] {
  install_embedded_engine({.run = embedded_run, .predictor = embedded_predictor, .configure = configure_embedded});
  return true;
}();

}  // namespace

std::unique_ptr<EmbeddedPredictor> embedded_predictor(const EmbeddedPredictorRequest& request) {
  return std::make_unique<HostedNetwork>(request);
}

}  // namespace millrace
