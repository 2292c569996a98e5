#include "millrace/optim/schedulers/param_scheduler.h"

#include <fmt/format.h>

#include "millrace/base/text.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_wrapper.h"

namespace millrace {

namespace {

constexpr int64_t kNoEnd = 1'000'000'000;  // MMEngine's infinity

}  // namespace

ParamScheduler::ParamScheduler(OptimWrapper& optim, Facts facts, std::unique_ptr<ScheduleRule> rule)
    : optim_(optim),
      facts_(std::move(facts)),
      range_(facts_.range),
      rule_(std::move(rule)),
      end_(range_.end.value_or(kNoEnd)) {
  targets_ = targets_of(facts_.param_name);
  if (facts_.moves_momentum) momenta_ = targets_of("momentum");
  last_values_.assign(targets_.size(), 0);
  global_step_ = last_step_ = range_.last_step;
}

std::vector<ParamScheduler::Target> ParamScheduler::targets_of(const std::string& param_name) {
  std::vector<Target> targets;
  for (ParamGroup& group : optim_.groups()) {
    if (auto misfit = facts_.misfit(group.settings.names())) throw std::move(*misfit);
    const auto slot = *group.find(param_name);
    const double initial = group[group.add("initial_" + param_name, group[slot])];
    targets.push_back({&group, slot, initial, initial});
  }
  return targets;
}

void ParamScheduler::settle_rule(const ScheduleSpan& span) {
  if (auto warning = rule_->settle(span)) warn(std::move(*warning));
  for (size_t i = 0; i < targets_.size(); ++i) {
    ParamGroup& group = *targets_[i].group;
    for (const GroupNumber& number : rule_->group_numbers(i))
      group.set(group.add(fmt::format("{}_{}", number.prefix, facts_.param_name), number.value), number.value);
    targets_[i].initial = group[*group.find("initial_" + facts_.param_name)];
  }
}

void ParamScheduler::start(const Horizon& horizon) {
  const int64_t whole = range_.by_epoch ? horizon.max_epochs : horizon.max_iters;
  if (!range_.end && whole >= 0) end_ = whole;
  if (auto overrun = facts_.overrun(horizon)) throw std::move(*overrun);
  warnings_ = facts_.doubts(horizon);
  if (range_.convert_to_iter_based) {
    if (horizon.iters_per_epoch <= 0) throw ScheduleFacts::unknown_epoch();
    range_.begin *= horizon.iters_per_epoch;
    if (end_ != kNoEnd) end_ *= horizon.iters_per_epoch;
    rule_->convert_lengths(horizon.iters_per_epoch);
    range_.by_epoch = range_.convert_to_iter_based = false;
    if (!range_.end && horizon.max_iters > end_)
      warn(fmt::format(
          "a schedule of {} ends after one pass over the data ({} iterations), the training has {}: give it an end",
          facts_.param_name, end_, horizon.max_iters));
  }
  const bool has_end = end_ != kNoEnd;
  if (end_ <= range_.begin) end_ = range_.begin + 1;  // it begins after the training
  settle_rule({end_ - range_.begin, has_end, optim_.optimizer().file_group_sources()});
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
  for (size_t i = 0; i < momenta_.size(); ++i) {
    const Target& target = momenta_[i];
    target.group->set(target.slot, rule_->next_momentum({(*target.group)[target.slot], last_step_, target.initial, i}));
  }
  if (range_.verbose) log_change();
}

void ParamScheduler::log_change() const {
  if (Logger* logger = optim_.logger())
    logger->info(fmt::format("{} is {} from step {} on", facts_.param_name, repr(last_values_[0]), global_step_));
}

void ParamScheduler::reset() {
  for (const std::vector<Target>& targets : {targets_, momenta_})
    for (const Target& target : targets) target.group->set(target.slot, target.before);
  global_step_ = range_.last_step;
  if (!observes()) last_step_ = range_.last_step;
}

State ParamScheduler::by_file_group(const std::vector<double>& values) const {
  State list = State::list();
  for (const size_t group : optim_.optimizer().file_group_sources()) list.push_back(values[group]);
  return list;
}

State ParamScheduler::more_settings() const {
  State state = rule_->more_settings();
  std::vector<double> before;
  bool has_own_start = false;
  for (const Target& target : targets_) {
    before.push_back(target.before);
    has_own_start = has_own_start || target.before != target.initial;
  }
  if (has_own_start) state["configured_values"] = by_file_group(before);
  return state;
}

State ParamScheduler::settings_and_bases() const {
  State state = rule_->settings();
  state["param_name"] = facts_.param_name;
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
  const State more = more_settings();
  for (const auto& [key, value] : more.entries()) state[key.string()] = value;
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
  const State more = more_settings();
  for (const auto& [key, value] : more.entries()) {
    const State* theirs = state.find(key.string());
    if (theirs && !theirs->equals(value)) return false;
  }
  return state.find("last_step") && state.find("_global_step");
}

bool ParamScheduler::load_progress(const State& state) {
  const State* param_name = state.find("param_name");
  if (!observes() || !param_name || !param_name->is_string() || param_name->string() != facts_.param_name ||
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
