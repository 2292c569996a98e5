#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "millrace/registry/component.h"

namespace millrace {

/// The rule of an average of weights that are being trained: how much of it each update takes from them.
///
///     average = average + share(steps) * (weights - average)
///
///     custom_hooks = [dict(type='EMAHook', ema_type='MomentumAnnealingEMA', momentum=0.001, gamma=100)]
///
/// A rule of your own derives from this and says its share. AveragedWeights does the rest, and EMAHook averages the
/// model of a run. The first update copies the weights, and only every `interval`-th of the others averages.
class Averaging {
 public:
  static constexpr const char* kKind = "Averaging";
  using Registry = millrace::Registry<Averaging>;

  /// The keys of every rule; flatten them.
  struct Common {
    int64_t interval = 1;
    std::optional<std::string> device;
    bool update_buffers = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("interval", &Common::interval, "updates from one that averages to the next").at_least(1);
      f("device", &Common::device, "where the averages are; None: where the weights are");
      f("update_buffers", &Common::update_buffers, "average floating-point buffers, too; else they are the model's");
    }
  };

  explicit Averaging(Common common) : common_(std::move(common)) {}
  virtual ~Averaging() = default;

  /// The share of the weights, from 0 to 1, in the update that follows on `steps` of them; steps >= 1.
  virtual double share(int64_t steps) const = 0;
  /// What a user should know of these options; "" if nothing.
  virtual std::string notice() const { return ""; }
  const Common& common() const { return common_; }

  /// Takes a name alone for a dict with that type. `mmdet.ExpMomentumEMA` is that of the root where mmdet has none.
  static BoundComponent bind_config(const Value& config, Binder& binder);

 private:
  Common common_;
};

}  // namespace millrace
