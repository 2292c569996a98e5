#pragma once

#include <torch/nn/modules/normalization.h>

#include "millrace/nn/module.h"

namespace millrace::nn {

using torch::nn::GroupNormOptions;

/// Group normalisation (Wu and He 2018, arXiv 1803.08494), as PyTorch's class of the same name.
///
///     nn::GroupNorm norm(nn::GroupNormOptions(4, 32));  // 4 groups of 8 channels
///
/// x: (N, C, …). Throws Error if the groups do not divide the channels, LayerError if a group has one value: its
/// variance would be 0, and the input would count nothing.
class GroupNormImpl : public torch::nn::GroupNormImpl {
 public:
  GroupNormImpl(int64_t num_groups, int64_t num_channels) : GroupNormImpl(GroupNormOptions(num_groups, num_channels)) {}
  explicit GroupNormImpl(const GroupNormOptions& options);
  at::Tensor forward(const at::Tensor& input);
};
MILLRACE_MODULE(GroupNorm);

}  // namespace millrace::nn
