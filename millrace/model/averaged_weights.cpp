#include "millrace/model/averaged_weights.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/scalar_tensor.h>

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/model/model.h"
#include "millrace/tensor/device.h"

namespace millrace {

namespace {

constexpr const char* kModulePrefix = "module.";
constexpr int64_t kFew = 512;  // numbers that a plain loop is done with before an operator would have begun

/// As at::lerp: exact at both ends.
template <class T>
void take_share(T* __restrict average, const T* __restrict weights, int64_t count, T share) {
  if (share < T(0.5)) {
    for (int64_t i = 0; i < count; ++i) average[i] += share * (weights[i] - average[i]);
  } else {
    const T rest = T(1) - share;
    for (int64_t i = 0; i < count; ++i) average[i] = weights[i] - rest * (weights[i] - average[i]);
  }
}

/// Whether a pass over the memory of both meets the same elements.
bool have_same_layout(const at::Tensor& a, const at::Tensor& b) {
  return a.device() == b.device() && a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
         a.strides() == b.strides() && a.is_non_overlapping_and_dense();
}

/// Whether the loop above takes the pair.
bool is_small(const at::Tensor& average, const at::Tensor& weights) {
  return average.numel() <= kFew && average.is_cpu() && have_same_layout(average, weights) &&
         (average.scalar_type() == at::kFloat || average.scalar_type() == at::kDouble);
}

void average_small(const at::Tensor& average, const at::Tensor& weights, double share) {
  if (average.scalar_type() == at::kDouble)
    take_share(average.mutable_data_ptr<double>(), weights.const_data_ptr<double>(), average.numel(), share);
  else
    take_share(average.mutable_data_ptr<float>(), weights.const_data_ptr<float>(), average.numel(),
               static_cast<float>(share));
}

/// Whether its memory holds nothing else.
bool owns_memory(const at::Tensor& tensor) {
  return tensor.has_storage() && tensor.storage_offset() == 0 && tensor.storage().nbytes() == tensor.nbytes();
}

at::Tensor copy_on(const at::Tensor& weights, const std::optional<at::Device>& device) {
  at::Tensor copy = at::empty_strided(weights.sizes(), weights.strides(),
                                      weights.options().device(device.value_or(weights.device())).requires_grad(false));
  return copy.copy_(weights);
}

void exchange_memory(const at::Tensor& a, const at::Tensor& b) {
  if (have_same_layout(a, b) && owns_memory(a) && owns_memory(b)) {
    std::swap(a.storage().mutable_data_ptr(), b.storage().mutable_data_ptr());
    return;
  }
  const at::Tensor before = a.detach().clone();
  a.copy_(b);
  b.copy_(before);
}

}  // namespace

void AveragedWeights::begin(const Model& model) {
  const at::NoGradGuard no_grad;
  const Averaging::Common& common = rule_->common();
  const std::optional<at::Device> device = common.device ? std::optional(checked_device(*common.device)) : std::nullopt;
  pairs_.clear();
  std::unordered_set<const void*> tensors, memory;
  const auto add = [&](const at::Tensor& tensor) {
    if (!tensor.is_floating_point() || !tensors.insert(tensor.unsafeGetTensorImpl()).second) return;
    const bool is_alias = tensor.numel() > 0 && !memory.insert(tensor.const_data_ptr()).second;
    pairs_.push_back({tensor, copy_on(tensor, device), is_alias});
  };
  model.modules().walk([&](const ModuleView& view) {
    for (const ModuleView::Named& each : view.params) add(each.tensor);
    if (common.update_buffers)
      for (const ModuleView::Named& each : view.buffers) add(each.tensor);
  });
}

void AveragedWeights::update(const Model& model) {
  MILLRACE_ASSERT(!is_exchanged_, "the weights of the model are its averages");
  if (steps_ == 0) begin(model);
  else if (steps_ % rule_->common().interval == 0) average(rule_->share(steps_));
  ++steps_;
}

void AveragedWeights::average(double share) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> averages, weights;  // that are elsewhere than on the CPU
  for (const Pair& pair : pairs_) {
    if (is_small(pair.average, pair.weights)) {
      average_small(pair.average, pair.weights, share);
    } else if (pair.average.is_cpu()) {
      pair.average.lerp_(pair.weights.to(pair.average.device()), share);
    } else {
      averages.push_back(pair.average);
      weights.push_back(pair.weights.to(pair.average.device()));
    }
  }
  if (!averages.empty()) at::_foreach_lerp_(averages, weights, share);
}

void AveragedWeights::reset() {
  if (is_exchanged_) exchange();
  steps_ = 0;
  pairs_.clear();
}

void AveragedWeights::exchange() {
  const at::NoGradGuard no_grad;
  for (const Pair& pair : pairs_)
    if (!pair.is_alias) exchange_memory(pair.weights, pair.average);
  is_exchanged_ = !is_exchanged_;
}

State AveragedWeights::state_dict(const Model& model) const {
  std::unordered_map<const void*, const at::Tensor*> averages;  // by the memory of the weights
  for (const Pair& pair : pairs_)
    if (pair.weights.numel() > 0) averages.emplace(pair.weights.const_data_ptr(), &pair.average);
  State state = State::dict({{"steps", at::scalar_tensor(steps_, at::kLong)}});
  for (const ModuleView::Named& each : model.modules().state()) {
    const auto average = averages.find(each.tensor.const_data_ptr());
    const bool is_averaged = average != averages.end() && average->second->sizes() == each.tensor.sizes();
    state.entries().push_back({kModulePrefix + each.name, is_averaged ? *average->second : each.tensor.detach()});
  }
  return state;
}

WeightsMatch AveragedWeights::load_state_dict(const Model& model, const State& state, bool strict,
                                              const std::string& source, const std::vector<ReviseKey>& revise_keys) {
  reset();
  begin(model);
  std::unordered_map<const void*, const at::Tensor*> averages;
  for (const Pair& pair : pairs_)
    if (pair.weights.numel() > 0) averages.emplace(pair.weights.const_data_ptr(), &pair.average);
  std::vector<NamedTensor> named;
  for (const ModuleView::Named& each : model.modules().state()) {
    const auto average = averages.find(each.tensor.const_data_ptr());
    // What is not averaged is the model's, which its own weights are loaded into: it only has to be there.
    named.emplace_back(each.name, average != averages.end() ? *average->second : at::empty_like(each.tensor));
  }
  State weights = State::dict();
  const std::string prefix = kModulePrefix;
  for (const State::Item& item : state.entries())
    if (item.key.is_string() && item.key.string().starts_with(prefix))
      weights.entries().push_back({item.key.string().substr(prefix.size()), item.value});
  const FileWeights file{.main = {"", &weights}};
  WeightsMatch match = match_weights(file, named, {});
  if (!match.fits() && !revise_keys.empty()) match = match_weights(file, named, revise_keys);
  if (strict && !match.fits()) throw match.refusal(source);
  match.load();
  const State* steps = state.find("steps");
  steps_ = !steps ? 1 : steps->is_tensor() ? steps->tensor().item<int64_t>() : steps->integer();
  if (steps_ == 0) reset();
  return match;
}

}  // namespace millrace
