#include "millrace/optim/schedulers/multi_step_lr.h"

#include <algorithm>
#include <cmath>

namespace millrace {

MultiStepLR::MultiStepLR(OptimWrapper& optim, Options options, std::string param_name)
    : ParamScheduler(optim, options.range, std::move(param_name)), options_(checked<MultiStepLR>(std::move(options))) {}

void MultiStepLR::convert_lengths(int64_t iters_per_epoch) {
  for (int64_t& milestone : *options_.milestones) milestone *= iters_per_epoch;
}

void MultiStepLR::settle() {
  sorted_ = *options_.milestones;
  std::sort(sorted_.begin(), sorted_.end());
}

double MultiStepLR::next(double value, int64_t t, double) const {
  const auto [first, last] = std::equal_range(sorted_.begin(), sorted_.end(), t);
  return first == last ? value : value * std::pow(options_.gamma, last - first);
}

/// MMEngine has a Counter there; a dict of counts is what it reads, and the order that it was given in does not matter.
State MultiStepLR::settings() const {
  State counts = State::dict();
  for (auto it = sorted_.begin(); it != sorted_.end();) {
    const auto next = std::upper_bound(it, sorted_.end(), *it);
    counts.entries().push_back({*it, static_cast<int64_t>(next - it)});
    it = next;
  }
  return State::dict({{"milestones", std::move(counts)}, {"gamma", options_.gamma}});
}

MILLRACE_REGISTER(ParamScheduler, MultiStepLR);
MILLRACE_REGISTER(ParamScheduler, MultiStepMomentum);
MILLRACE_REGISTER(ParamScheduler, MultiStepParamScheduler);

}  // namespace millrace
