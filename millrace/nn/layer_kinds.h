#pragma once

#include <optional>
#include <string>

#include "millrace/nn/layer.h"
#include "millrace/nn/layers.h"
#include "millrace/registry/component.h"

namespace millrace::nn {

/// The kind of normalisation of a network, which `norm_cfg` names. It makes the layers.
///
///     norm_cfg = dict(type='GN', num_groups=32)
class Norm {
 public:
  static constexpr const char* kKind = "Norm";
  using Registry = millrace::Registry<Norm>;

  virtual ~Norm() = default;
  /// A layer for inputs (N, channels, …).
  virtual Layer make(int64_t channels) const = 0;
  /// The prefix of the layers' names: "bn" of bn1.
  virtual std::string prefix() const = 0;
};

/// The kind of convolution of a network, which `conv_cfg` names.
class Conv {
 public:
  static constexpr const char* kKind = "Conv";
  using Registry = millrace::Registry<Conv>;

  virtual ~Conv() = default;
  /// A layer for inputs (N, C, H, W).
  virtual Layer make(const Conv2dOptions& options) const = 0;
};

/// The components behind the names that configs use.
namespace kinds {

/// Batch norm of images; also named BN2d and BatchNorm2d, and SyncBN and MMSyncBN, which are the same in one process.
class BN final : public Norm {
 public:
  struct Options {
    bool requires_grad = true;
    double eps = 1e-5;
    std::optional<double> momentum = 0.1;
    bool affine = true;
    bool track_running_stats = true;

    template <class Fields>
    static void describe(Fields& f) {
      f("requires_grad", &Options::requires_grad, "train weight and bias");
      f("eps", &Options::eps, "added to the variance").at_least(0);
      f("momentum", &Options::momentum, "share of a batch in the running statistics; None: their mean").within(0, 1);
      f("affine", &Options::affine, "have weight and bias");
      f("track_running_stats", &Options::track_running_stats, "keep running statistics, for evaluation");
    }
  };
  BN() : BN(Options{}) {}
  explicit BN(Options options);
  Layer make(int64_t channels) const override;
  std::string prefix() const override { return "bn"; }

 private:
  Options options_;
};

/// Group norm (Wu and He 2018, arXiv 1803.08494); also named GroupNorm.
class GN final : public Norm {
 public:
  struct Options {
    Required<int64_t> num_groups;
    bool requires_grad = true;
    double eps = 1e-5;
    bool affine = true;

    template <class Fields>
    static void describe(Fields& f) {
      f("num_groups", &Options::num_groups, "groups of channels, each with its own statistics").at_least(1);
      f("requires_grad", &Options::requires_grad, "train weight and bias");
      f("eps", &Options::eps, "added to the variance").at_least(0);
      f("affine", &Options::affine, "have weight and bias");
    }
  };
  explicit GN(Options options);
  Layer make(int64_t channels) const override;
  std::string prefix() const override { return "gn"; }

 private:
  Options options_;
};

/// The plain convolution of images; also named Conv.
class Conv2d final : public Conv {
 public:
  Layer make(const Conv2dOptions& options) const override;
};

}  // namespace kinds

}  // namespace millrace::nn
