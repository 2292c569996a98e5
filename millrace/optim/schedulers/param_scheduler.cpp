#include "millrace/optim/schedulers/param_scheduler.h"

#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_wrapper.h"

namespace millrace {

namespace {

constexpr int64_t kNoEnd = 1'000'000'000;  // MMEngine's infinity

}  // namespace

void Range::check(const Range& range, Complaints& complaints) {
  if (range.convert_to_iter_based && !range.by_epoch)
    complaints.add("convert_to_iter_based",
                   "convert_to_iter_based needs by_epoch=True: the settings are iterations already");
  if (range.end && *range.end <= range.begin)
    complaints.add("end", fmt::format("end must be above begin, got begin {} and end {}", range.begin, *range.end));
}

ParamScheduler::ParamScheduler(OptimWrapper& optim, Range range, std::string param_name,
                               std::unique_ptr<ScheduleRule> rule)
    : optim_(optim),
      range_(range),
      param_name_(std::move(param_name)),
      rule_(std::move(rule)),
      end_(range.end.value_or(kNoEnd)) {
  for (ParamGroup& group : optim_.groups()) {
    const auto slot = group.find(param_name_);
    if (!slot) {
      const std::vector<std::string> names = group.settings.names();
      throw Error("the optimizer has no setting '" + param_name_ + "' to schedule" + did_you_mean(param_name_, names))
          .note("settings: " + join(names));
    }
    const auto initial = group.add("initial_" + param_name_, group[*slot]);
    targets_.push_back({&group, *slot, group[initial]});
  }
  last_values_.assign(targets_.size(), 0);
  global_step_ = last_step_ = range_.last_step;
}

void ParamScheduler::start(const Horizon& horizon) {
  const int64_t whole = range_.by_epoch ? horizon.max_epochs : horizon.max_iters;
  if (!range_.end && whole >= 0) end_ = whole;
  if (range_.convert_to_iter_based) {
    if (horizon.iters_per_epoch <= 0)
      throw Error("convert_to_iter_based needs an epoch of known length")
          .help("by_epoch=False with begin and end in iterations");
    range_.begin *= horizon.iters_per_epoch;
    if (end_ != kNoEnd) end_ *= horizon.iters_per_epoch;
    rule_->convert_lengths(horizon.iters_per_epoch);
    range_.by_epoch = range_.convert_to_iter_based = false;
    if (!range_.end && horizon.max_iters > end_)
      warn(fmt::format(
          "a schedule of {} ends after one pass over the data ({} iterations), the training has {}: give it an end",
          param_name_, end_, horizon.max_iters));
  } else if (range_.by_epoch && horizon.max_epochs == 1 && !observes()) {
    warn(
        fmt::format("a schedule of {} counts epochs, but the training is one epoch long: it changes nothing after the "
                    "start; by_epoch=False "
                    "counts iterations",
                    param_name_));
  }
  if (end_ <= range_.begin) {  // a training made shorter than its schedules: a try of one epoch
    warn(fmt::format("a schedule of {} begins after {} {}, and the training ends after {}: it does nothing",
                     param_name_, range_.begin, range_.by_epoch ? "epochs" : "iterations", end_));
    end_ = range_.begin + 1;
  }
  if (auto warning = rule_->settle({end_ - range_.begin, optim_.optimizer().file_group_sources()}))
    warn(std::move(*warning));
  if (observes())
    for (size_t i = 0; i < targets_.size(); ++i) last_values_[i] = (*targets_[i].group)[targets_[i].slot];
  step();
}

void ParamScheduler::step() {
  ++global_step_;
  if (observes() || !is_in_range()) return;
  ++last_step_;
  move_values();
}

void ParamScheduler::observe(const MetricMap& metrics, int64_t iteration) {
  if (!is_in_range()) return;
  ++last_step_;
  if (rule_->observe(metrics)) {
    move_values();
    acted_at_.push_back(iteration);
  }
  for (size_t i = 0; i < targets_.size(); ++i) last_values_[i] = (*targets_[i].group)[targets_[i].slot];
}

void ParamScheduler::repeat(int64_t iteration) {
  for (const int64_t acted : acted_at_)
    if (acted == iteration) move_values();
}

void ParamScheduler::move_values() {
  for (size_t i = 0; i < targets_.size(); ++i) {
    const Target& target = targets_[i];
    const double value = rule_->next({(*target.group)[target.slot], last_step_, target.initial, i});
    target.group->set(target.slot, value);
    last_values_[i] = value;
  }
  if (range_.verbose) log_change();
}

void ParamScheduler::log_change() const {
  if (Logger* logger = optim_.logger())
    logger->info(fmt::format("{} is {} from step {} on", param_name_, repr(last_values_[0]), global_step_));
}

void ParamScheduler::reset() {
  for (const Target& target : targets_) target.group->set(target.slot, target.initial);
  global_step_ = range_.last_step;
  if (!observes()) last_step_ = range_.last_step;
}

State ParamScheduler::by_file_group(const std::vector<double>& values) const {
  State list = State::list();
  for (const size_t group : optim_.optimizer().file_group_sources()) list.push_back(values[group]);
  return list;
}

State ParamScheduler::settings_and_bases() const {
  State state = rule_->settings();
  state["param_name"] = param_name_;
  state["begin"] = range_.begin;
  state["end"] = end_;
  state["by_epoch"] = range_.by_epoch;
  if (observes()) return state;  // MMEngine's has no bases
  std::vector<double> bases;
  for (const Target& target : targets_) bases.push_back(target.initial);
  state["base_values"] = by_file_group(bases);
  return state;
}

State ParamScheduler::state_dict() const {
  State state = settings_and_bases();
  state["last_step"] = last_step_;
  state["_global_step"] = global_step_;
  state["verbose"] = range_.verbose;
  state["_last_value"] = by_file_group(last_values_);
  if (!observes()) return state;
  const State progress = rule_->progress();
  for (const auto& [key, value] : progress.entries()) state[key.string()] = value;
  state["acted_at"] = State::list();
  for (const int64_t iteration : acted_at_) state["acted_at"].push_back(iteration);
  return state;
}

bool ParamScheduler::has_settings_of(const State& state) const {
  if (!state.is_dict()) return false;
  const State mine = settings_and_bases();
  for (const auto& [key, value] : mine.entries()) {
    const State* theirs = state.find(key.string());
    if (!theirs || !theirs->equals(value)) return false;
  }
  return state.find("last_step") && state.find("_global_step");
}

bool ParamScheduler::load_progress(const State& state) {
  const State* param_name = state.find("param_name");
  if (!observes() || !param_name || !param_name->is_string() || param_name->string() != param_name_ ||
      !rule_->load_progress(state))
    return false;
  last_step_ = state.at("last_step").integer();
  acted_at_.clear();
  if (const State* acted = state.find("acted_at"))
    for (const State& iteration : acted->items()) acted_at_.push_back(iteration.integer());
  return true;
}

void ParamScheduler::load_state_dict(const State& state) {
  load_progress(state);
  last_step_ = state.at("last_step").integer();
  global_step_ = state.at("_global_step").integer();
  const State* values = state.find("_last_value");
  const std::vector<size_t> sources = optim_.optimizer().file_group_sources();
  if (!values || !values->is_sequence() || values->items().size() != sources.size()) return;
  for (size_t i = 0; i < sources.size(); ++i) last_values_[sources[i]] = values->items()[i].number();
}

}  // namespace millrace
