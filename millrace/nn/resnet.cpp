#include "millrace/nn/resnet.h"

namespace millrace {
namespace {

ResNet::Options with_deep_stem(ResNet::Options options, bool avg_down) {
  options.deep_stem = true;
  options.avg_down = avg_down;
  return options;
}

ResNet::Options with_groups(ResNet::Options options) {
  if (!options.groups) options.groups = 32;
  return options;
}

}  // namespace

ResNet::ResNet(Options options) : ResNet(checked<ResNet>(std::move(options)), {.owner = "ResNet"}) {}

ResNet::ResNet(const Options& options, const nn::ResNetBody::Variant& variant)
    : body_(*this, options, variant), zero_init_residual_(options.zero_init_residual) {
  set_init(options.init_cfg);
}

void ResNet::train(bool on) {
  Backbone::train(on);
  body_.keep_frozen();
}

void ResNet::apply_init(const ModuleView& own) const {
  HasInit::apply_init(own);
  // Weights of a file stay whole, those that it lacks included.
  if (zero_init_residual_ && !has_last_init()) body_.zero_init_residual();
}

ResNet_CIFAR::ResNet_CIFAR(const Options& options)
    : ResNet(checked<ResNet_CIFAR>(options), {.owner = "ResNet_CIFAR", .stem = nn::ResNetBody::Stem::small}) {}

ResNetV1c::ResNetV1c(Options options)
    : ResNet(with_deep_stem(checked<ResNetV1c>(std::move(options)), false), {.owner = "ResNetV1c"}) {}

ResNetV1d::ResNetV1d(Options options)
    : ResNet(with_deep_stem(checked<ResNetV1d>(std::move(options)), true), {.owner = "ResNetV1d"}) {}

ResNeXt::ResNeXt(Options options) : ResNet(with_groups(checked<ResNeXt>(std::move(options))), {.owner = "ResNeXt"}) {}

}  // namespace millrace
