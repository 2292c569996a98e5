#include "millrace/optim/schedulers/multi_step_lr.h"

#include <algorithm>
#include <cmath>

namespace millrace {

MultiStepRule::MultiStepRule(Options options) : options_(std::move(options)) {
  std::vector<int64_t>& milestones = *options_.milestones;
  std::sort(milestones.begin(), milestones.end());
}

double MultiStepRule::next(const ScheduleStep& step) const {
  const auto [first, last] = std::equal_range(options_.milestones->begin(), options_.milestones->end(), step.t);
  return first == last ? step.value : step.value * std::pow(options_.gamma, last - first);
}

void MultiStepRule::convert_lengths(int64_t iters_per_epoch) {
  for (int64_t& milestone : *options_.milestones) milestone *= iters_per_epoch;
}

/// MMEngine has a Counter there; a dict of counts is what it reads, and the order that it was given in does not matter.
State MultiStepRule::settings() const {
  const std::vector<int64_t>& sorted = *options_.milestones;
  State counts = State::dict();
  for (auto it = sorted.begin(); it != sorted.end();) {
    const auto next = std::upper_bound(it, sorted.end(), *it);
    counts.entries().push_back({*it, static_cast<int64_t>(next - it)});
    it = next;
  }
  return State::dict({{"milestones", std::move(counts)}, {"gamma", options_.gamma}});
}

MILLRACE_REGISTER(ParamScheduler, MultiStepLR);
MILLRACE_REGISTER(ParamScheduler, MultiStepMomentum);
MILLRACE_REGISTER(ParamScheduler, MultiStepParamScheduler);

}  // namespace millrace
