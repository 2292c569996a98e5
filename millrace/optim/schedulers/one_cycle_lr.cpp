#include "millrace/optim/schedulers/one_cycle_lr.h"

#include <algorithm>
#include <cmath>

#include "millrace/base/error.h"

namespace millrace {

void OneCycleRule::Options::check(const Options& options, Complaints& complaints) {
  const std::vector<double>& highest = options.eta_max.values();
  if (std::any_of(highest.begin(), highest.end(), [](double value) { return value <= 0; }))
    complaints.add("eta_max", "eta_max must be above 0: it is the highest value of the cycle").help("eta_max=0.1");
}

OneCycleRule::OneCycleRule(Options options) : options_(std::move(options)), max_("eta_max", options_.eta_max) {}

void OneCycleRule::add_facts(const Options& options, ScheduleFacts& facts) {
  facts.total_steps = options.total_steps;
  facts.add_list("eta_max", options.eta_max);
}

void OneCycleRule::convert_lengths(int64_t iters_per_epoch) {
  if (options_.total_steps) *options_.total_steps *= iters_per_epoch;
}

std::optional<std::string> OneCycleRule::settle(const ScheduleSpan& span) {
  if (!options_.total_steps && !span.has_end)
    throw Error("total_steps is missing: nobody knows how long the training is").help("total_steps=9000");
  max_.settle(span);
  const double steps = static_cast<double>(options_.total_steps.value_or(span.length));
  const double top = options_.pct_start * steps - 1;
  if (options_.three_phase)
    phases_ = {{top, Level::initial, Level::max},
               {2 * options_.pct_start * steps - 2, Level::max, Level::initial},
               {steps - 1, Level::initial, Level::min}};
  else phases_ = {{top, Level::initial, Level::max}, {steps - 1, Level::max, Level::min}};
  return std::nullopt;
}

double OneCycleRule::level(Level which, size_t group) const {
  const double initial = max_[group] / options_.div_factor;
  return which == Level::max ? max_[group] : which == Level::initial ? initial : initial / options_.final_div_factor;
}

const char* OneCycleRule::level_name(Level which) {
  return which == Level::max ? "max" : which == Level::initial ? "initial" : "min";
}

std::vector<GroupNumber> OneCycleRule::group_numbers(size_t group) const {
  std::vector<GroupNumber> numbers;
  for (const Level which : {Level::initial, Level::max, Level::min})
    numbers.push_back({level_name(which), level(which, group)});
  return numbers;
}

double OneCycleRule::next(const ScheduleStep& step) const {
  const double t = std::min(static_cast<double>(step.t), phases_.back().end);
  double begin = 0;
  size_t i = 0;
  for (; i + 1 < phases_.size() && t > phases_[i].end; ++i) begin = phases_[i].end;
  const Phase& phase = phases_[i];
  // A phase of no length is over: the formula would divide 0 by 0.
  const double part = phase.end == begin ? 1 : (t - begin) / (phase.end - begin);
  const double from = level(phase.from, step.group), to = level(phase.to, step.group);
  if (options_.anneal_strategy == Anneal::linear) return (to - from) * part + from;
  return to + (from - to) / 2.0 * (std::cos(M_PI * part) + 1);
}

State OneCycleRule::settings() const {
  State phases = State::list();
  for (const Phase& phase : phases_)
    phases.push_back(State::dict({{"end_step", phase.end},
                                  {"start_lr", std::string(level_name(phase.from)) + "_lr"},
                                  {"end_lr", std::string(level_name(phase.to)) + "_lr"}}));
  return State::dict({{"eta_max", max_.given()},
                      {"div_factor", options_.div_factor},
                      {"final_div_factor", options_.final_div_factor},
                      {"total_steps", static_cast<int64_t>(phases_.back().end) + 1},
                      {"_schedule_phases", std::move(phases)}});
}

// MMEngine saves the function.
State OneCycleRule::more_settings() const {
  return State::dict({{"anneal_strategy", enum_name(options_.anneal_strategy)}});
}

MILLRACE_REGISTER(ParamScheduler, OneCycleLR);
MILLRACE_REGISTER(ParamScheduler, OneCycleParamScheduler);

}  // namespace millrace
