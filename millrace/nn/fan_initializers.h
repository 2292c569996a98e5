#pragma once

#include "millrace/nn/init.h"
#include "millrace/nn/initializer.h"

/// Initializers of an `init_cfg` whose spread depends on the inputs and outputs (the fan) of each layer. Each is a
/// function of nn/init.h with its keys.
namespace millrace::nn {

namespace init {

class Xavier final : public LayerInitializer {
 public:
  struct Options {
    double gain = 1;
    Distribution distribution = Distribution::normal;
    Targets targets{};
    template <class Fields>
    static void describe(Fields& f) {
      f("gain", &Options::gain, "factor of the standard deviation");
      f("distribution", &Options::distribution, "of the weights");
      f.flatten(&Options::targets);
    }
  };
  explicit Xavier(Options options) : LayerInitializer(options.targets), options_(options) {}

 private:
  std::string own_text() const override;
  void fill_(at::Tensor weight) const override { xavier_(weight, options_.gain, options_.distribution); }
  Options options_;
};

class Kaiming final : public LayerInitializer {
 public:
  struct Options {
    double a = 0;
    FanMode mode = FanMode::fan_out;
    Nonlinearity nonlinearity = Nonlinearity::relu;
    Distribution distribution = Distribution::normal;
    Targets targets{};
    template <class Fields>
    static void describe(Fields& f) {
      f("a", &Options::a, "slope of the leaky_relu behind the layer");
      f("mode", &Options::mode, "keep the size of activations (fan_in) or of gradients (fan_out)");
      f("nonlinearity", &Options::nonlinearity, "the function after the layer");
      f("distribution", &Options::distribution, "of the weights");
      f.flatten(&Options::targets);
    }
  };
  explicit Kaiming(Options options) : LayerInitializer(options.targets), options_(options) {}

 private:
  std::string own_text() const override;
  void fill_(at::Tensor weight) const override {
    kaiming_(weight, options_.a, options_.mode, options_.nonlinearity, options_.distribution);
  }
  Options options_;
};

/// Caffe2's Xavier: Kaiming with a uniform distribution, fan_in and the gain 1.
class Caffe2Xavier final : public LayerInitializer {
 public:
  struct Options {
    Targets targets{};
    template <class Fields>
    static void describe(Fields& f) {
      f.flatten(&Options::targets);
    }
  };
  explicit Caffe2Xavier(Options options) : LayerInitializer(options.targets) {}

 private:
  std::string own_text() const override;
  void fill_(at::Tensor weight) const override {
    kaiming_(weight, 1, FanMode::fan_in, Nonlinearity::leaky_relu, Distribution::uniform);
  }
};

}  // namespace init

}  // namespace millrace::nn
