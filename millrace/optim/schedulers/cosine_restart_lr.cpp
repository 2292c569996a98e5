#include "millrace/optim/schedulers/cosine_restart_lr.h"

#include <fmt/format.h>

#include <cmath>

namespace millrace {

void CosineRestartRule::Options::check(const Options& options, Complaints& complaints) {
  if (options.restart_weights.size() != options.periods->size())
    complaints.add("restart_weights", fmt::format("restart_weights must be as many as periods, got {} and {}",
                                                  options.restart_weights.size(), options.periods->size()));
  if (options.eta_min.has_value() == options.eta_min_ratio.has_value())
    complaints.add(options.eta_min ? "eta_min_ratio" : "periods", "give one of eta_min and eta_min_ratio")
        .help("eta_min=0.0");
}

double CosineRestartRule::next(const ScheduleStep& step) const {
  int64_t s = step.t;
  size_t i = 0;
  const std::vector<int64_t>& periods = *options_.periods;
  while (i < periods.size() && s >= periods[i]) s -= periods[i++];
  if (i == periods.size()) return step.value;
  if (s == 0) return step.initial * options_.restart_weights[i];
  const double low = options_.eta_min_ratio ? step.initial * *options_.eta_min_ratio : *options_.eta_min;
  const double period = static_cast<double>(periods[i]);
  return (1 + std::cos(M_PI * static_cast<double>(s) / period)) /
             (1 + std::cos(M_PI * static_cast<double>(s - 1) / period)) * (step.value - low) +
         low;
}

void CosineRestartRule::convert_lengths(int64_t iters_per_epoch) {
  for (int64_t& period : *options_.periods) period *= iters_per_epoch;
}

State CosineRestartRule::settings() const {
  State periods = State::list(), ends = State::list(), weights = State::list();
  int64_t end = 0;
  for (const int64_t period : *options_.periods) {
    periods.push_back(period);
    ends.push_back(end += period);
  }
  for (const double weight : options_.restart_weights) weights.push_back(weight);
  return State::dict({{"periods", std::move(periods)},
                      {"eta_min", options_.eta_min ? State(*options_.eta_min) : State()},
                      {"eta_min_ratio", options_.eta_min_ratio ? State(*options_.eta_min_ratio) : State()},
                      {"restart_weights", std::move(weights)},
                      {"cumulative_periods", std::move(ends)}});
}

MILLRACE_REGISTER(ParamScheduler, CosineRestartLR);
MILLRACE_REGISTER(ParamScheduler, CosineRestartMomentum);
MILLRACE_REGISTER(ParamScheduler, CosineRestartParamScheduler);

}  // namespace millrace
