#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Warm-up, stable, decay: rises, stays at the initial value, and falls at the end of the range (Hu et al. 2024, arXiv
/// 2404.06395; decays of Hägele et al. 2024, arXiv 2405.18392).
///
///     value(t) = initial * f(t)      t = 0 at `range.begin`, n = end - begin, W = warmup_steps, D = decay_steps
///     t < W        f = s + (1 - s) r(t / W)              s = start_factor
///     W <= t       f = 1
///     n - D <= t   f = m + (1 - m) (1 - d((t - n + D) / D))      m = eta_min_ratio
///     r, d         linear: p;  cosine: (1 - cos(pi p)) / 2;  d also one_minus_sqrt: sqrt(p)
///
///     WSDLR scheduler(optim, {.decay_steps = 2000, .warmup_steps = 500, .range = {.by_epoch = false}});
///
/// It works on the value before any schedule: other schedules do not matter. The first step of a warm-up from 0 has the
/// value 0. Throws Error if nobody knows the end. If the range is shorter
/// than W + D, the decay begins after the warm-up and is cut off, with a warning.
class WSDRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "WSD";
  enum class Warmup { linear, cosine };
  enum class Decay { linear, cosine, one_minus_sqrt };
  struct Options {
    Required<int64_t> decay_steps;
    int64_t warmup_steps = 0;
    double start_factor = 0;
    double eta_min_ratio = 0;
    Warmup warmup_type = Warmup::linear;
    Decay decay_type = Decay::linear;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("decay_steps", &Options::decay_steps, "epochs (or iterations, see by_epoch) of the decay at the end")
          .at_least(0);
      f("warmup_steps", &Options::warmup_steps, "epochs (or iterations) of the warm-up at the start").at_least(0);
      f("start_factor", &Options::start_factor, "the value at the first step, as a part of the initial one")
          .within(0, 1);
      f("eta_min_ratio", &Options::eta_min_ratio, "the value after the decay, as a part of the initial one")
          .within(0, 1);
      f("warmup_type", &Options::warmup_type, "form of the warm-up");
      f("decay_type", &Options::decay_type, "form of the decay");
      f.flatten(&Options::range);
    }
  };
  explicit WSDRule(Options options) : options_(std::move(options)) {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  void convert_lengths(int64_t iters_per_epoch) override;
  std::optional<std::string> settle(const ScheduleSpan& span) override;

 private:
  Options options_;
  int64_t decay_begin_ = 0;
};

using WSDLR = Scheduled<WSDRule, ScheduleForm::lr>;
using WSDMomentum = Scheduled<WSDRule, ScheduleForm::momentum>;
using WSDParamScheduler = Scheduled<WSDRule, ScheduleForm::by_name>;

}  // namespace millrace
