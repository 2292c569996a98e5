#include "millrace/runner/run_summary.h"

#include <cmath>

#include "millrace/base/metric_rule.h"
#include "millrace/runner/save.h"

namespace millrace {

namespace {

std::optional<double> number_of(const State* value) {
  if (!value || (value->kind() != State::Kind::number && !value->is_integer())) return std::nullopt;
  return value->number();
}

std::string string_of(const State* value) { return value && value->is_string() ? value->string() : ""; }

bool is_score(const std::optional<double>& value) { return value && std::isfinite(*value); }

}  // namespace

State RunSummary::Result::state() const {
  return State::dict({{"metric", metric.empty() ? State() : State(metric)},
                      {"rule", rule.empty() ? State() : State(rule)},
                      {"value", value ? State(*value) : State()},
                      {"epoch", epoch},
                      {"iter", iter},
                      {"checkpoint", checkpoint.empty() ? State() : State(checkpoint)}});
}

RunSummary::Result RunSummary::Result::from(const State& state) {
  Result result;
  result.metric = string_of(state.find("metric"));
  result.rule = string_of(state.find("rule"));
  result.value = number_of(state.find("value"));
  result.epoch = state.at("epoch").integer();
  result.iter = state.at("iter").integer();
  result.checkpoint = string_of(state.find("checkpoint"));
  return result;
}

void RunResults::choose(std::string metric, bool greater) {
  chosen_ = std::move(metric);
  chosen_greater_ = greater;
}

bool RunResults::is_better(double value) const {
  if (!std::isfinite(value)) return false;
  if (!is_score(best_.value) || best_.metric != chosen_) return true;
  return chosen_greater_.value_or(true) ? value > *best_.value : value < *best_.value;
}

void RunResults::recall_best(RunSummary::Result best) {
  best_ = std::move(best);
  if (chosen_greater_) best_.rule = *chosen_greater_ ? "greater" : "less";
}

void RunResults::removes(const std::string& path) {
  for (std::string* named : {&best_.checkpoint, &last_.checkpoint, &newest_})
    if (*named == path) named->clear();
}

void RunResults::validated(const MetricMap& metrics, int64_t epoch, int64_t iter, std::span<const SaveRequest> requests,
                           Weights weights) {
  metrics_ = metrics;
  if (metrics.empty()) return;
  const std::string metric = chosen_.empty() ? metrics.begin()->name : chosen_;
  const std::optional<bool> greater = chosen_greater_ ? chosen_greater_ : greater_is_better(metric);
  const std::string rule = !greater ? "" : *greater ? "greater" : "less";
  last_ = {metric, rule, number_of(metrics.find(metric)), epoch, iter, newest_iter_ == iter ? newest_ : ""};
  if (!is_score(last_.value) || weights == Weights::broken) return;
  const bool is_better = !is_score(best_.value) || best_.metric != metric ||
                         (greater.value_or(true) ? *last_.value > *best_.value : *last_.value < *best_.value);
  if (!is_better) return;
  best_ = last_;
  for (const SaveRequest& request : requests)
    if (request.best_of == metric) best_.checkpoint = request.path.string();
}

void RunResults::saves(const std::string& path, int64_t iter) {
  newest_ = path;
  newest_iter_ = iter;
}

RunSummary::Result RunResults::best() const {
  RunSummary::Result best = best_;
  if (!is_score(best.value)) best.value.reset();
  return best;
}

RunSummary::Result RunResults::last(int64_t epoch, int64_t iter) const {
  RunSummary::Result last = last_;
  if (last.iter != iter) last = {last.metric, last.rule, std::nullopt, epoch, iter, ""};
  if (!newest_.empty()) last.checkpoint = newest_;
  return last;
}

State RunResults::state_dict() const {
  return State::dict(
      {{"best", best_.state()}, {"last", last_.state()}, {"newest", newest_}, {"metrics", metrics_.state()}});
}

void RunResults::load_state_dict(const State& state) {
  best_ = RunSummary::Result::from(state.at("best"));
  last_ = RunSummary::Result::from(state.at("last"));
  newest_ = string_of(state.find("newest"));
  if (const State* metrics = state.find("metrics")) metrics_ = MetricMap::of(*metrics);
}

}  // namespace millrace
