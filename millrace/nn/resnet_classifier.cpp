#include "millrace/nn/resnet_classifier.h"

namespace millrace::nn {
namespace {

ResNetBody::Stem stem_of(const ResNetClassifierImpl::Options& options) {
  return options.small_images ? ResNetBody::Stem::small : ResNetBody::Stem::pooled;
}

ResNetOptions body_options(const ResNetClassifierImpl::Options& options) {
  ResNetOptions body = {.depth = options.depth, .in_channels = options.in_channels};
  Complaints complaints("ResNetClassifier");
  ResNetBody::check(body, stem_of(options), complaints);
  complaints.throw_if_any();
  return body;
}

}  // namespace

ResNetClassifierImpl::ResNetClassifierImpl(const Options& options)
    : body_(*this, body_options(options), stem_of(options)),
      fc_(register_module("fc", Linear(body_.channels(), options.num_classes))) {
  const ModuleView own = view_of(*this);
  const InitCfg init = body_options(options).init_cfg;
  for (const auto& each : *init) each.build()->apply(own);
  if (options.zero_init_residual) body_.zero_init_residual();
}

at::Tensor ResNetClassifierImpl::forward(const at::Tensor& x) { return fc_(body_.forward(x).back().mean({2, 3})); }

}  // namespace millrace::nn
