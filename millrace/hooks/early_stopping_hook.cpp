#include "millrace/hooks/early_stopping_hook.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "millrace/base/metric_rule.h"
#include "millrace/base/text.h"
#include "millrace/log/logger.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

namespace {

std::optional<bool> monitored_should_grow(const EarlyStoppingHook::Options& options) {
  if (options.rule) return *options.rule == EarlyStoppingHook::Rule::greater;
  return greater_is_better(*options.monitor);
}

}  // namespace

void EarlyStoppingHook::check(const Options& options, Complaints& complaints) {
  if (!monitored_should_grow(options))
    complaints
        .add("monitor",
             "EarlyStoppingHook.monitor: the name '" + *options.monitor + "' does not tell whether more is better")
        .help("rule='greater' or rule='less'");
}

EarlyStoppingHook::Facts EarlyStoppingHook::facts_of(const Options& options) {
  return {[monitor = *options.monitor](const std::vector<Metric::Figure>& figures, Complaints& complaints) {
    std::vector<std::string> names;
    for (const Metric::Figure& figure : figures) names.push_back(figure.name);
    try {
      const std::string& name = MetricMap::resolve(monitor, names);
      if (!figures[static_cast<size_t>(&name - names.data())].is_number)
        complaints.add("monitor", "EarlyStoppingHook.monitor: the metric '" + name + "' is not a number");
    } catch (const Error& error) {
      complaints.add("monitor", "EarlyStoppingHook.monitor: " + error.summary()).note("metrics: " + join(names));
    }
  }};
}

EarlyStoppingHook::EarlyStoppingHook(Options options)
    : options_(checked<EarlyStoppingHook>(std::move(options))),
      greater_(*monitored_should_grow(options_)),
      best_(greater_ ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity()) {}

void EarlyStoppingHook::check_metrics(const MetricMap& metrics) const {
  if (!metrics.empty()) metrics.resolve(*options_.monitor);
}

std::string EarlyStoppingHook::reason_to_stop(double value) {
  const std::string& name = *options_.monitor;
  if (options_.check_finite && !std::isfinite(value))
    return fmt::format("{} is {}, the best value before was {:.3f}", name, value, best_);
  if (options_.stopping_threshold && is_better(value, *options_.stopping_threshold)) {
    best_ = value;
    return fmt::format("{} is {:.3f}, which is better than stopping_threshold={}", name, value,
                       repr(*options_.stopping_threshold));
  }
  const double margin = greater_ ? options_.min_delta : -options_.min_delta;
  if (!is_better(best_ + margin, value)) {
    best_ = value;
    waited_ = 0;
    return "";
  }
  if (++waited_ < options_.patience) return "";
  return fmt::format("{} did not improve in the last {}: it is {:.3f}, the best value is {:.3f}", name,
                     counted(waited_, "validation"), value, best_);
}

void EarlyStoppingHook::after_val_epoch(EvalEnd& point) {
  Runner& runner = point.runner;
  if (!runner.has_train_loop()) return;
  double value = 0;
  try {
    value = point.metrics.resolve(*options_.monitor).value.number();
  } catch (Error& error) {
    if (options_.strict) {
      error.note("EarlyStoppingHook.strict=False makes it a warning");
      throw;
    }
    runner.logger().warning("EarlyStoppingHook.monitor: " + error.summary() + "; this validation does not count");
    return;
  }
  if (const std::string reason = reason_to_stop(value); !reason.empty()) runner.request_stop(reason);
}

State EarlyStoppingHook::state_dict() const { return State::dict({{"best", best_}, {"waited", waited_}}); }

void EarlyStoppingHook::load_state_dict(const State& state) {
  best_ = state.at("best").number();
  waited_ = state.at("waited").integer();
}

MILLRACE_REGISTER(Hook, EarlyStoppingHook);

}  // namespace millrace
