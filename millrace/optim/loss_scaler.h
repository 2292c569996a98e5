#pragma once

#include <ATen/core/Tensor.h>

#include <variant>
#include <vector>

#include "millrace/registry/component.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Scales losses up so that small gradients survive fp16, and gradients down again (Micikevicius et al. 2018, arXiv
/// 1710.03740). A step whose gradients are not finite is skipped, and the factor is halved; after growth_interval good
/// steps in a row it is doubled. It may also be static.
///
/// Uses only operations that every device has, so tests on the CPU hold for all.
class LossScaler {
 public:
  struct Options {
    double init_scale = 65536.0;
    double growth_factor = 2.0;
    double backoff_factor = 0.5;
    int64_t growth_interval = 2000;
    bool enabled = true;

    template <class Fields>
    static void describe(Fields& f) {
      f("init_scale", &Options::init_scale, "first factor").above(0);
      f("growth_factor", &Options::growth_factor, "of the factor, after growth_interval steps").above(1);
      f("backoff_factor", &Options::backoff_factor, "of the factor, after gradients that were not finite")
          .above(0)
          .below(1);
      f("growth_interval", &Options::growth_interval, "good steps in a row before the factor grows").at_least(1);
      f("enabled", &Options::enabled, "False: no scaling at all");
    }
  };

  LossScaler() : LossScaler(Options{}) {}
  explicit LossScaler(const Options& options);
  /// A fixed factor.
  static LossScaler fixed(double scale);

  double scale() const { return scale_; }
  /// Divides the gradients by the factor, in place; false if any element of any was nan or infinite. Waits for the
  /// device.
  bool unscale_(const std::vector<at::Tensor>& grads) const;
  /// Called after each step, taken or skipped.
  void update(bool finite);
  /// Makes the factor smaller at once; false if it is fixed, or already 1 or less.
  bool back_off();

  /// In the format of torch.amp.GradScaler.
  State state_dict() const;
  void load_state_dict(const State& state);

 private:
  Options options_;
  bool fixed_ = false;
  double scale_;
  int64_t growth_tracker_ = 0;
};

/// `loss_scale` of a config: 'dynamic', a number, or the options of a dynamic one.
enum class DynamicScale { dynamic };
using LossScale = std::variant<DynamicScale, double, LossScaler::Options>;

}  // namespace millrace
