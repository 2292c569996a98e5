#include "millrace/model/not_finite.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/module.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "millrace/base/at_end.h"
#include "millrace/model/stepped_model.h"
#include "millrace/model/weights.h"
#include "millrace/nn/call_observer.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

bool is_finite(const at::Tensor& tensor) {
  return !tensor.defined() || !tensor.is_floating_point() || at::isfinite(tensor.detach()).all().item<bool>();
}

bool are_finite(std::span<const at::Tensor> tensors) {
  for (const at::Tensor& tensor : tensors)
    if (!is_finite(tensor)) return false;
  return true;
}

/// Follows the calls of layers, and the gradients that come back to them. In the order of the calls, the first bad output
/// is the innermost layer that made it. In the backward pass, the first bad gradient was made by the layer that took the
/// tensor; if none did, by a function behind the layer that gave it.
class FirstBadLayer final : public nn::CallObserver {
 public:
  explicit FirstBadLayer(const Model& model) {
    model.modules().walk([&](const ModuleView& view) {
      if (view.module)
        names_[view.module] = fmt::format("{} ({})", view.path.empty() ? "the model" : view.path, view.type_name);
      for (const ModuleView::Named& param : view.params)
        owners_.emplace(param.tensor.unsafeGetTensorImpl(), view.module);
    });
  }

  void before_call(torch::nn::Module& module, std::span<const at::Tensor> inputs) override {
    order_.push_back(&module);
    if (forward_) return;
    for (const at::Tensor& input : inputs)
      if (const auto place = watch(input)) *place = {&module, true};  // of a block and its first layer, the layer
  }
  void after_call(torch::nn::Module& module, std::span<const at::Tensor> inputs,
                  std::span<const at::Tensor> outputs) override {
    if (forward_) return;
    for (const at::Tensor& output : outputs)
      if (const auto place = watch(output); place && !place->module) *place = {&module, false};
    if (are_finite(outputs)) return;
    forward_ = are_finite(inputs)
                   ? fmt::format("the first layer that is not finite is {}, in the forward pass", name_of(&module))
                   : fmt::format("the inputs of {} are not finite: what is before it makes them so", name_of(&module));
  }

  const std::optional<std::string>& forward() const { return forward_; }
  /// After the backward pass, with the gradients of these parameters.
  std::string backward(const std::vector<at::Tensor>& params, const std::vector<at::Tensor>& grads) const {
    if (*first_bad_ && !(*first_bad_)->takes)
      return fmt::format("what follows on {} is not finite, in the backward pass", name_of((*first_bad_)->module));
    const torch::nn::Module* const bad = *first_bad_ ? (*first_bad_)->module : last_with_bad_weight(params, grads);
    if (bad) return fmt::format("the first layer that is not finite is {}, in the backward pass", name_of(bad));
    return are_finite(grads) ? "" : "gradients are not finite, and no layer is known to make them so";
  }

 private:
  std::string name_of(const torch::nn::Module* module) const {
    const auto found = names_.find(module);
    return found == names_.end() ? "a layer that is not registered" : found->second;
  }
  /// Of the layers with a bad gradient of a weight alone, the one that the backward pass came to first.
  const torch::nn::Module* last_with_bad_weight(const std::vector<at::Tensor>& params,
                                                const std::vector<at::Tensor>& grads) const {
    const torch::nn::Module* last = nullptr;
    size_t last_call = 0;
    for (size_t i = 0; i < params.size(); ++i) {
      const auto owner = owners_.find(params[i].unsafeGetTensorImpl());
      if (is_finite(grads[i]) || owner == owners_.end()) continue;
      size_t call = order_.size();
      while (call > 0 && order_[call - 1] != owner->second) --call;
      if (!last || call > last_call) last = owner->second, last_call = call;
    }
    return last;
  }

  /// Between two layers.
  struct Place {
    const torch::nn::Module* module = nullptr;
    bool takes = false;  // the module takes the tensor; else it gives it, and no other takes it
  };
  /// Where the gradient of the tensor comes from; null if it has none.
  std::shared_ptr<Place> watch(const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.requires_grad() || tensor.is_leaf()) return nullptr;
    auto& known = places_[tensor.unsafeGetTensorImpl()];
    if (known.second) return known.second;
    known = {tensor, std::make_shared<Place>()};
    tensor.register_hook([first = first_bad_, place = known.second](const at::Tensor& grad) {
      if (!*first && !is_finite(grad)) *first = *place;
    });
    return known.second;
  }

  std::map<const torch::nn::Module*, std::string> names_;
  std::map<const c10::TensorImpl*, const torch::nn::Module*> owners_;  // of parameters
  std::vector<const torch::nn::Module*> order_;                        // of the calls
  std::optional<std::string> forward_;
  std::map<const c10::TensorImpl*, std::pair<at::Tensor, std::shared_ptr<Place>>> places_;
  std::shared_ptr<std::optional<Place>> first_bad_ = std::make_shared<std::optional<Place>>();
};

/// "; of the optimizer's state, exp_avg of fc.weight is the first such tensor"; "" if all of it is finite.
std::string bad_optimizer_state(const OptimSet& optims) {
  for (const OptimSet::Entry& entry : optims.entries()) {
    std::map<int64_t, std::string> names;
    entry.optim->optimizer().for_each_param(
        [&](int64_t number, const std::string& name, const at::Tensor&) { names[number] = name; });
    const State saved = entry.optim->optimizer().state_dict();
    for (const State::Item& param : saved.at("state").entries()) {
      if (!param.value.is_dict()) continue;
      for (const State::Item& column : param.value.entries())
        if (column.value.is_tensor() && !is_finite(column.value.tensor()))
          return fmt::format("; of the optimizer's state, {} of {} is the first such tensor", column.key.string(),
                             names[param.key.integer()]);
    }
  }
  return "";
}

/// Copies of the buffers, to put them back.
std::vector<std::pair<at::Tensor, at::Tensor>> buffers_of(const Model& model) {
  std::vector<std::pair<at::Tensor, at::Tensor>> kept;
  model.modules().walk([&](const ModuleView& view) {
    for (const ModuleView::Named& buffer : view.buffers) kept.emplace_back(buffer.tensor, buffer.tensor.clone());
  });
  return kept;
}

std::string run_again(SteppedModel& model, Batch& batch) {
  FirstBadLayer layers(model);
  const LossMap losses = [&] {
    const nn::CallObserver::Scope scope(layers);
    return model.loss(batch);
  }();
  if (layers.forward()) return *layers.forward();
  for (const LossMap::Entry& entry : losses.entries())
    if (!is_finite(entry.value))
      return fmt::format("the layers are finite in the forward pass, and '{}' that the loss makes of them is not",
                         std::string(entry.name.name()));
  if (!losses.has_total() || !losses.total().requires_grad()) return "";
  std::vector<at::Tensor> params;
  for (const ModuleView::Named& param : model.modules().all_params())
    if (param.tensor.requires_grad()) params.push_back(param.tensor);
  return layers.backward(params, torch::autograd::grad({losses.total()}, params, {}, false, false, true));
}

bool has_bad_param(Model& model) {
  const std::vector<ModuleView::Named> params = model.modules().all_params();
  return std::any_of(params.begin(), params.end(), [](const auto& param) { return !is_finite(param.tensor); });
}

}  // namespace

std::string source_of_not_finite(Model& model, Batch& batch, const OptimSet& optims) {
  const std::optional<std::string> weight = first_not_finite(model.modules());
  const auto weights_text = [&] {
    const std::string state = bad_optimizer_state(optims);
    return "the weights are not finite" + (state.empty() ? ": the first such tensor is " + *weight : state);
  };
  // Statistics of a batch norm are not its cause: they have taken in what a layer before it gave in this iteration.
  if (weight && has_bad_param(model)) return weights_text();
  if (batch.has(keys::inputs))
    if (const auto* inputs = std::get_if<Dense>(batch.find(keys::inputs)); inputs && !is_finite(inputs->values))
      return "the inputs of the batch are not finite";
  auto* const stepped = dynamic_cast<SteppedModel*>(&model);
  if (!stepped) return weight ? weights_text() : "";
  const at::Tensor random = generator_state();
  const auto buffers = buffers_of(model);
  const AtEnd put_back([&] {
    const at::NoGradGuard no_grad;
    set_generator_state(random);
    for (const auto& [buffer, before] : buffers) buffer.copy_(before);
  });
  const at::AutoGradMode with_gradients(true);
  const std::string source = run_again(*stepped, batch);
  return source.empty() && weight ? weights_text() : source;
}

}  // namespace millrace
