#include "millrace/optim/schedulers/wsd_lr.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/error.h"

namespace millrace {

namespace {

double part_of(int64_t steps, int64_t whole) { return static_cast<double>(steps) / static_cast<double>(whole); }

double cosine_rise(double part) { return 0.5 * (1 - std::cos(M_PI * part)); }

}  // namespace

void WSDRule::convert_lengths(int64_t iters_per_epoch) {
  *options_.decay_steps *= iters_per_epoch;
  options_.warmup_steps *= iters_per_epoch;
}

std::optional<std::string> WSDRule::settle(const ScheduleSpan& span) {
  if (!span.has_end)
    throw Error("a schedule with a decay at its end needs an end: nobody knows how long the training is")
        .help("end=9000");
  decay_begin_ = std::max(options_.warmup_steps, span.length - *options_.decay_steps);
  const int64_t needed = options_.warmup_steps + *options_.decay_steps;
  if (needed <= span.length) return std::nullopt;
  return fmt::format(
      "warmup_steps and decay_steps are {} steps together, and the schedule has {}: its decay is cut off", needed,
      span.length);
}

double WSDRule::next(const ScheduleStep& step) const {
  if (step.t < options_.warmup_steps) {
    const double part = part_of(step.t, options_.warmup_steps);
    const double rise = options_.warmup_type == Warmup::linear ? part : cosine_rise(part);
    return step.initial * (rise * (1 - options_.start_factor) + options_.start_factor);
  }
  if (step.t < decay_begin_) return step.initial;
  const double part = std::min(1.0, part_of(step.t - decay_begin_, *options_.decay_steps));
  const double fall = options_.decay_type == Decay::linear   ? part
                      : options_.decay_type == Decay::cosine ? cosine_rise(part)
                                                             : std::sqrt(part);
  return step.initial * ((1 - fall) * (1 - options_.eta_min_ratio) + options_.eta_min_ratio);
}

State WSDRule::settings() const {
  return State::dict({{"decay_steps", *options_.decay_steps},
                      {"warmup_steps", options_.warmup_steps},
                      {"start_factor", options_.start_factor},
                      {"eta_min_ratio", options_.eta_min_ratio},
                      {"warmup_type", enum_name(options_.warmup_type)},
                      {"decay_type", enum_name(options_.decay_type)}});
}

MILLRACE_REGISTER(ParamScheduler, WSDLR);
MILLRACE_REGISTER(ParamScheduler, WSDMomentum);
MILLRACE_REGISTER(ParamScheduler, WSDParamScheduler);

}  // namespace millrace
