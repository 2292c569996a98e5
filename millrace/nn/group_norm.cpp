#include "millrace/nn/group_norm.h"

#include <fmt/format.h>

#include "millrace/nn/layer_error.h"

namespace millrace::nn {
namespace {

const GroupNormOptions& divided(const GroupNormOptions& options) {
  if (options.num_groups() < 1 || options.num_channels() % options.num_groups() != 0)
    throw Error(fmt::format("GroupNorm cannot divide {} channels into {} groups", options.num_channels(),
                            options.num_groups()));
  return options;
}

}  // namespace

GroupNormImpl::GroupNormImpl(const GroupNormOptions& options) : torch::nn::GroupNormImpl(divided(options)) {}

at::Tensor GroupNormImpl::forward(const at::Tensor& input) {
  if (input.numel() == options.num_groups())
    throw LayerError(*this, input, fmt::format(", one value for each of {} groups", options.num_groups()),
                     "num_groups=1, or larger inputs");
  return torch::nn::GroupNormImpl::forward(input);
}

}  // namespace millrace::nn
