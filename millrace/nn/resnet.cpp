#include "millrace/nn/resnet.h"

namespace millrace {
namespace {

void check_deep_stem(const ResNet::Options& options, Complaints& complaints) {
  ResNet::check(options, complaints);
  if (!options.deep_stem)
    complaints.add("deep_stem", complaints.owner() + " is the ResNet with a deep stem").help("type='ResNet'");
}

}  // namespace

void ResNet::check(const Options& options, Complaints& complaints) {
  nn::ResNetBody::check(options, Stem::pooled, complaints);
}

ResNet::ResNet(Options options) : ResNet(checked<ResNet>(std::move(options)), Stem::pooled) {}

ResNet::ResNet(const Options& options, Stem stem)
    : body_(*this, options, stem), zero_init_residual_(options.zero_init_residual) {
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

void ResNet_CIFAR::check(const Options& options, Complaints& complaints) {
  nn::ResNetBody::check(options, Stem::small, complaints);
}

ResNet_CIFAR::ResNet_CIFAR(const Options& options) : ResNet(checked<ResNet_CIFAR>(options), Stem::small) {}

void ResNetV1c::defaults(Options& options) { options.deep_stem = true; }

void ResNetV1c::check(const Options& options, Complaints& complaints) { check_deep_stem(options, complaints); }

ResNetV1c::ResNetV1c(Options options) : ResNet(checked<ResNetV1c>(std::move(options)), Stem::pooled) {}

void ResNetV1d::defaults(Options& options) {
  options.deep_stem = true;
  options.avg_down = true;
}

void ResNetV1d::check(const Options& options, Complaints& complaints) { check_deep_stem(options, complaints); }

ResNetV1d::ResNetV1d(Options options) : ResNet(checked<ResNetV1d>(std::move(options)), Stem::pooled) {}

void ResNeXt::defaults(Options& options) { options.groups = 32; }

ResNeXt::ResNeXt(Options options) : ResNet(checked<ResNeXt>(std::move(options)), Stem::pooled) {}

}  // namespace millrace
