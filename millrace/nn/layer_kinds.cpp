#include "millrace/nn/layer_kinds.h"

namespace millrace::nn::kinds {
namespace {

Layer with_grad(Layer layer, bool requires_grad) {
  for (at::Tensor& param : layer.module()->parameters()) param.set_requires_grad(requires_grad);
  return layer;
}

}  // namespace

BN::BN(Options options) : options_(checked<BN>(std::move(options))) {}

Layer BN::make(int64_t channels) const {
  return with_grad(BatchNorm2d(BatchNormOptions(channels)
                                   .eps(options_.eps)
                                   .momentum(options_.momentum)
                                   .affine(options_.affine)
                                   .track_running_stats(options_.track_running_stats)),
                   options_.requires_grad);
}

GN::GN(Options options) : options_(checked<GN>(std::move(options))) {}

Layer GN::make(int64_t channels) const {
  return with_grad(
      GroupNorm(GroupNormOptions(*options_.num_groups, channels).eps(options_.eps).affine(options_.affine)),
      options_.requires_grad);
}

Layer Conv2d::make(const Conv2dOptions& options) const { return nn::Conv2d(options); }

MILLRACE_REGISTER(Norm, BN);
MILLRACE_REGISTER_AS(Norm, BN, BN2d);
MILLRACE_REGISTER_AS(Norm, BN, BatchNorm2d);
MILLRACE_REGISTER_AS(Norm, BN, SyncBN);
MILLRACE_REGISTER_AS(Norm, BN, SyncBatchNorm);
MILLRACE_REGISTER_AS(Norm, BN, MMSyncBN);
MILLRACE_REGISTER(Norm, GN);
MILLRACE_REGISTER_AS(Norm, GN, GroupNorm);
MILLRACE_REGISTER(Conv, Conv2d);
MILLRACE_REGISTER_AS(Conv, Conv2d, Conv);

}  // namespace millrace::nn::kinds
