#include "millrace/analysis/flops.h"

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/pooling.h>

#include "millrace/nn/module_view.h"

namespace millrace {
namespace {

template <class... Ts>
bool is_one_of(const torch::nn::Module& module) {
  return ((dynamic_cast<const Ts*>(&module) != nullptr) || ...);
}

/// N times the places of (N, C, …) in space.
int64_t places(const at::Tensor& image) { return image.size(1) > 0 ? image.numel() / image.size(1) : 0; }

at::Tensor weight_of(const ModuleView& view) {
  for (const ModuleView::Named& own : view.params)
    if (own.name == "weight") return own.tensor;
  return {};
}

}  // namespace

std::optional<int64_t> flops_of_call(const torch::nn::Module& layer, std::span<const at::Tensor> inputs,
                                     std::span<const at::Tensor> outputs) {
  namespace t = torch::nn;
  const ModuleView view = view_of(layer);
  const at::Tensor weight = weight_of(view);
  const auto nothing_or_unknown = [&] { return view.params.empty() ? std::optional<int64_t>(0) : std::nullopt; };
  if (inputs.empty() || outputs.empty()) return nothing_or_unknown();
  switch (view.kind) {
    case ModuleKind::conv: {
      const bool transposed = is_one_of<t::ConvTranspose1dImpl, t::ConvTranspose2dImpl, t::ConvTranspose3dImpl>(layer);
      const at::Tensor& counted = transposed ? inputs[0] : outputs[0];
      if (!weight.defined() || counted.dim() != weight.dim()) return std::nullopt;
      return places(counted) * weight.numel();
    }
    case ModuleKind::linear:
      if (!weight.defined() || weight.dim() != 2 || weight.size(1) == 0) return std::nullopt;
      return inputs[0].numel() / weight.size(1) * weight.numel();
    case ModuleKind::norm: {
      const bool is_batch_norm = is_one_of<t::BatchNorm1dImpl, t::BatchNorm2dImpl, t::BatchNorm3dImpl>(layer);
      const int64_t affine = weight.defined() ? 1 : 0;
      return inputs[0].numel() * (is_batch_norm && !view.training ? 1 + affine : 4 + affine);
    }
    case ModuleKind::pooling:
      return is_one_of<t::AdaptiveAvgPool1dImpl, t::AdaptiveAvgPool2dImpl, t::AdaptiveAvgPool3dImpl>(layer)
                 ? inputs[0].numel()
                 : 0;
    case ModuleKind::embedding:
    case ModuleKind::activation:
      return 0;
    default:
      return nothing_or_unknown();
  }
}

}  // namespace millrace
