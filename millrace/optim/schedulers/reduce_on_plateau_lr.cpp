#include "millrace/optim/schedulers/reduce_on_plateau_lr.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "millrace/base/error.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

namespace {

constexpr double kWorst = std::numeric_limits<double>::infinity();

}  // namespace

void ReduceOnPlateauRule::Options::check(const Options& options, Complaints& complaints) {
  if (!options.range.by_epoch)
    complaints.add("by_epoch", "by_epoch must be True: it acts after validations, and begin and end count epochs");
  if (options.range.convert_to_iter_based)
    complaints.add("convert_to_iter_based",
                   "convert_to_iter_based has no meaning here: it acts after validations, not iterations");
}

ReduceOnPlateauRule::ReduceOnPlateauRule(Options options)
    : options_(std::move(options)),
      minima_("min_value", options_.min_value),
      best_(options_.rule == Better::less ? kWorst : -kWorst) {}

void ReduceOnPlateauRule::add_facts(const Options& options, ScheduleFacts& facts) {
  facts.monitor = options.monitor;
  facts.add_list("min_value", options.min_value);
}

std::optional<std::string> ReduceOnPlateauRule::settle(const ScheduleSpan& span) {
  minima_.settle(span);
  return std::nullopt;
}

bool ReduceOnPlateauRule::is_better(double metric) const {
  const bool relative = options_.threshold_rule == ThresholdRule::rel;
  if (options_.rule == Better::less)
    return metric < (relative ? best_ * (1 - options_.threshold) : best_ - options_.threshold);
  return metric > (relative ? best_ * (1 + options_.threshold) : best_ + options_.threshold);
}

bool ReduceOnPlateauRule::observe(const MetricMap& metrics) {
  const State& value = metrics.resolve(options_.monitor).value;
  const double metric = value.is_tensor() ? value.tensor().item<double>() : value.number();
  if (is_better(metric)) {
    best_ = metric;
    bad_ = 0;
  } else {
    ++bad_;
  }
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    bad_ = 0;
  }
  if (bad_ <= options_.patience) return false;
  cooldown_left_ = options_.cooldown;
  bad_ = 0;
  return true;
}

double ReduceOnPlateauRule::next(const ScheduleStep& step) const {
  const double reduced = std::max(step.value * options_.factor, minima_[step.group]);
  return step.value - reduced > options_.eps ? reduced : step.value;
}

State ReduceOnPlateauRule::settings() const {
  return State::dict({{"factor", options_.factor},
                      {"min_values", minima_.by_file_group()},
                      {"patience", options_.patience},
                      {"cooldown", options_.cooldown},
                      {"eps", options_.eps},
                      {"monitor", options_.monitor},
                      {"rule", enum_name(options_.rule)},
                      {"threshold", options_.threshold},
                      {"threshold_rule", enum_name(options_.threshold_rule)}});
}

State ReduceOnPlateauRule::progress() const {
  return State::dict({{"cooldown_counter", cooldown_left_},
                      {"rule_worse", options_.rule == Better::less ? kWorst : -kWorst},
                      {"best", best_},
                      {"num_bad_epochs", bad_}});
}

bool ReduceOnPlateauRule::load_progress(const State& state) {
  const State *cooldown = state.find("cooldown_counter"), *best = state.find("best"),
              *bad = state.find("num_bad_epochs");
  if (!cooldown || !best || !bad) return false;
  cooldown_left_ = cooldown->integer();
  best_ = best->is_tensor() ? best->tensor().item<double>() : best->number();
  bad_ = bad->integer();
  return true;
}

MILLRACE_REGISTER(ParamScheduler, ReduceOnPlateauLR);
MILLRACE_REGISTER(ParamScheduler, ReduceOnPlateauMomentum);
MILLRACE_REGISTER(ParamScheduler, ReduceOnPlateauParamScheduler);

}  // namespace millrace
