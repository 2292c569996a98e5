#pragma once

#include <utility>

#include "millrace/nn/init.h"
#include "millrace/nn/initializer.h"

/// Initializers of an `init_cfg` whose distribution is given; those that depend on the size of a layer are in
/// fan_initializers.h. Each is a function of nn/init.h with its keys.
namespace millrace::nn {

namespace init {

class Constant final : public LayerInitializer {
 public:
  struct Options {
    Required<double> val;
    Targets targets{};
    template <class Fields>
    static void describe(Fields& f) {
      f("val", &Options::val, "value of the weights");
      f.flatten(&Options::targets);
    }
  };
  explicit Constant(Options options) : LayerInitializer(options.targets), val_(*options.val) {}

 private:
  std::string own_text() const override;
  void fill_(at::Tensor weight) const override { constant_(weight, val_); }
  double val_;
};

class Normal final : public LayerInitializer {
 public:
  struct Options {
    double mean = 0;
    double std = 1;
    Targets targets{};
    template <class Fields>
    static void describe(Fields& f) {
      f("mean", &Options::mean, "of the weights");
      f("std", &Options::std, "standard deviation of the weights").at_least(0);
      f.flatten(&Options::targets);
    }
  };
  explicit Normal(Options options) : LayerInitializer(options.targets), options_(options) {}

 private:
  std::string own_text() const override;
  void fill_(at::Tensor weight) const override { normal_(weight, options_.mean, options_.std); }
  Options options_;
};

class TruncNormal final : public LayerInitializer {
 public:
  struct Options {
    double mean = 0;
    double std = 1;
    double a = -2;
    double b = 2;
    Targets targets{};
    template <class Fields>
    static void describe(Fields& f) {
      f("mean", &Options::mean, "of the normal distribution before it is cut");
      f("std", &Options::std, "of the normal distribution before it is cut").above(0);
      f("a", &Options::a, "the smallest weight");
      f("b", &Options::b, "the largest weight");
      f.flatten(&Options::targets);
    }
  };
  explicit TruncNormal(Options options) : LayerInitializer(options.targets), options_(options) {}

 private:
  std::string own_text() const override;
  void fill_(at::Tensor weight) const override {
    trunc_normal_(weight, options_.mean, options_.std, options_.a, options_.b);
  }
  Options options_;
};

class Uniform final : public LayerInitializer {
 public:
  struct Options {
    double a = 0;
    double b = 1;
    Targets targets{};
    template <class Fields>
    static void describe(Fields& f) {
      f("a", &Options::a, "the smallest weight");
      f("b", &Options::b, "the largest weight");
      f.flatten(&Options::targets);
    }
  };
  explicit Uniform(Options options) : LayerInitializer(options.targets), options_(options) {}

 private:
  std::string own_text() const override;
  void fill_(at::Tensor weight) const override { uniform_(weight, options_.a, options_.b); }
  Options options_;
};

}  // namespace init

}  // namespace millrace::nn
