#include "millrace/optim/schedulers/cyclic_lr.h"

#include <cmath>

#include "millrace/base/error.h"

namespace millrace {

void CyclicRule::Wave::check(const Wave& wave, Complaints& complaints) {
  if (!wave.scale_fn) return;
  try {
    Expression(*wave.scale_fn, "x")(Value(int64_t{1}));
  } catch (const Error& error) {
    complaints.add("scale_fn", "scale_fn " + error.summary()).help("scale_fn='1 / 2 ** (x - 1)'");
  }
}

CyclicRule::CyclicRule(Wave wave, GroupValues base, GroupValues top)
    : wave_(std::move(wave)), base_(std::move(base)), top_(std::move(top)) {
  if (wave_.scale_fn) scale_fn_.emplace(*wave_.scale_fn, "x");
}

CyclicRule::CyclicRule(Options options)
    : CyclicRule(std::move(options.wave), {"base_value", *options.base_value}, {"max_value", *options.max_value}) {}

CyclicRule::CyclicRule(LROptions options)
    : CyclicRule(std::move(options.wave), {"base_lr", *options.base_lr}, {"max_lr", *options.max_lr}) {
  if (options.cycle_momentum)
    momentum_ = {{"max_momentum", options.max_momentum}, {"base_momentum", options.base_momentum}};
}

void CyclicRule::add_facts(const Options& options, ScheduleFacts& facts) {
  facts.add_list("base_value", *options.base_value);
  facts.add_list("max_value", *options.max_value);
}

void CyclicRule::add_facts(const LROptions& options, ScheduleFacts& facts) {
  facts.moves_momentum = options.cycle_momentum;
  facts.add_list("base_lr", *options.base_lr);
  facts.add_list("max_lr", *options.max_lr);
  if (!options.cycle_momentum) return;
  facts.add_list("base_momentum", options.base_momentum);
  facts.add_list("max_momentum", options.max_momentum);
}

void CyclicRule::convert_lengths(int64_t iters_per_epoch) {
  wave_.step_size_up *= iters_per_epoch;
  if (wave_.step_size_down) *wave_.step_size_down *= iters_per_epoch;
  steps_per_unit_ = iters_per_epoch;
}

std::optional<std::string> CyclicRule::settle(const ScheduleSpan& span) {
  for (GroupValues* values : {&base_, &top_}) values->settle(span);
  for (GroupValues& values : momentum_) values.settle(span);
  return std::nullopt;
}

std::vector<GroupNumber> CyclicRule::group_numbers(size_t group) const { return {{"initial", base_[group]}}; }

double CyclicRule::scale(int64_t cycle, int64_t t) const {
  // An int stays one: Python's arithmetic of ints and floats differs.
  const Value steps =
      steps_per_unit_ == 1 ? Value(t) : Value(static_cast<double>(t) / static_cast<double>(steps_per_unit_));
  if (scale_fn_) return (*scale_fn_)(wave_.scale_mode == ScaleMode::cycle ? Value(cycle) : steps);
  if (wave_.mode == Mode::triangular) return 1;
  if (wave_.mode == Mode::triangular2) return 1 / std::pow(2.0, static_cast<double>(cycle - 1));
  return std::pow(wave_.gamma, static_cast<double>(t) / static_cast<double>(steps_per_unit_));
}

// The operations and their order are PyTorch's, so that the last bits agree.
double CyclicRule::height(int64_t t) const {
  const double up = static_cast<double>(wave_.step_size_up);
  const double whole = up + static_cast<double>(wave_.step_size_down.value_or(wave_.step_size_up));
  const double turn = up / whole;
  const double cycle = std::floor(1 + static_cast<double>(t) / whole);
  const double x = 1.0 + static_cast<double>(t) / whole - cycle;
  const double part = x <= turn ? x / turn : (x - 1) / (turn - 1);
  return part * scale(static_cast<int64_t>(cycle), t);
}

double CyclicRule::next(const ScheduleStep& step) const {
  const double low = base_[step.group];
  return low + (top_[step.group] - low) * height(step.t);
}

double CyclicRule::next_momentum(const ScheduleStep& step) const {
  const double high = momentum_[0][step.group];
  return high - (high - momentum_[1][step.group]) * height(step.t);
}

State CyclicRule::settings() const {
  State state = State::dict({{"base_values_of_cycle", base_.given()},
                             {"max_values_of_cycle", top_.given()},
                             {"step_size_up", wave_.step_size_up},
                             {"step_size_down", wave_.step_size_down.value_or(wave_.step_size_up)},
                             {"mode", enum_name(wave_.mode)},
                             {"gamma", wave_.gamma},
                             {"scale_fn", wave_.scale_fn ? State(*wave_.scale_fn) : State()},
                             {"scale_mode", enum_name(wave_.scale_mode)}});
  if (momentum_.empty()) return state;
  state["max_momentum"] = momentum_[0].given();
  state["base_momentum"] = momentum_[1].given();
  return state;
}

MILLRACE_REGISTER(ParamScheduler, CyclicLR);
MILLRACE_REGISTER(ParamScheduler, CyclicMomentum);
MILLRACE_REGISTER(ParamScheduler, CyclicParamScheduler);

}  // namespace millrace
