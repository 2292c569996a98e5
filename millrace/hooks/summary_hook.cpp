#include "millrace/hooks/summary_hook.h"

#include <cmath>

#include "millrace/base/metric_rule.h"
#include "millrace/hub/message_hub.h"
#include "millrace/io/file.h"
#include "millrace/picture/curves.h"
#include "millrace/runner/loop.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/metric_map.h"
#include "millrace/tensor/json.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

std::optional<double> number_of(const State* value) {
  if (!value) return std::nullopt;
  switch (value->kind()) {
    case State::Kind::number:
    case State::Kind::integer:
      return value->number();
    default:
      return std::nullopt;
  }
}

bool is_score(const std::optional<double>& value) { return value && !std::isnan(*value); }

std::string text_info(Runner& runner, const char* name) {
  const State* value = runner.hub().find_info(name);
  return value && value->is_string() ? value->string() : "";
}

/// "" where neither CheckpointHook nor the name says whether more is better.
std::string rule_of(Runner& runner, const std::string& metric) {
  const std::string rule = text_info(runner, "save_best_rule");
  if (!rule.empty()) return rule;
  const std::optional<bool> greater = greater_is_better(metric);
  return !greater ? "" : *greater ? "greater" : "less";
}

}  // namespace

State SummaryHook::Result::state() const {
  return State::dict({{"metric", metric.empty() ? State() : State(metric)},
                      {"rule", rule.empty() ? State() : State(rule)},
                      {"value", value ? State(*value) : State()},
                      {"epoch", epoch},
                      {"iter", iter},
                      {"checkpoint", checkpoint.empty() ? State() : State(checkpoint)}});
}

SummaryHook::Result SummaryHook::Result::from(const State& state) {
  Result result;
  if (state.at("metric").is_string()) result.metric = state.at("metric").string();
  result.value = number_of(state.find("value"));
  result.epoch = state.at("epoch").integer();
  result.iter = state.at("iter").integer();
  if (state.at("checkpoint").is_string()) result.checkpoint = state.at("checkpoint").string();
  if (const State* rule = state.find("rule"); rule && rule->is_string()) result.rule = rule->string();  // older: none
  return result;
}

State SummaryHook::state_dict() const { return State::dict({{"best", best_.state()}, {"last", last_.state()}}); }

void SummaryHook::load_state_dict(const State& state) {
  best_ = Result::from(state.at("best"));
  last_ = Result::from(state.at("last"));
}

void SummaryHook::after_save_checkpoint(CheckpointPoint& point) {
  if (text_info(point.runner, "last_ckpt") != std::filesystem::absolute(point.path).string()) return;
  saved_ = text_info(point.runner, "last_ckpt");
  saved_iter_ = point.runner.iter();
}

void SummaryHook::after_val_epoch(EvalEnd& point) {
  Runner& runner = point.runner;
  if (!runner.has_train_loop() || point.metrics.empty()) return;
  const std::string chosen = text_info(runner, "save_best");
  const std::string metric = chosen.empty() ? point.metrics.begin()->name : chosen;
  last_ = Result{metric,        number_of(point.metrics.find(metric)),      runner.epoch(),
                 runner.iter(), saved_iter_ == runner.iter() ? saved_ : "", rule_of(runner, metric)};
  const std::string rule = text_info(runner, "save_best_rule");
  const bool greater = rule.empty() ? greater_is_better(metric).value_or(true) : rule == "greater";
  if (!is_score(last_.value)) return;
  const bool better = !is_score(best_.value) || best_.metric != metric ||
                      (greater ? *last_.value > *best_.value : *last_.value < *best_.value);
  if (!better) return;
  best_ = last_;
  // CheckpointHook has asked for the file by now; it is written when all hooks have been called.
  if (const std::string file = text_info(runner, "best_ckpt"); !file.empty()) best_.checkpoint = file;
}

void SummaryHook::after_run(RunPoint& point) {
  Runner& runner = point.runner;
  if (!runner.has_train_loop()) return;
  const Progress& progress = runner.train_loop().progress();
  const double seconds = runner.train_seconds();
  // `last` is where the run stands, validated there or not.
  if (last_.iter != progress.iter)
    last_ = Result{last_.metric, std::nullopt, progress.epoch, progress.iter, "", last_.rule};
  if (const std::string newest = text_info(runner, "last_ckpt"); !newest.empty()) last_.checkpoint = newest;
  if (!best_.value && best_.metric.empty()) best_ = last_;
  if (!is_score(best_.value)) best_.value.reset();
  const State summary =
      State::dict({{"best", best_.state()},
                   {"last", last_.state()},
                   {"train_seconds", seconds},
                   {"samples_per_second", seconds > 0 ? static_cast<double>(progress.samples_seen) / seconds : 0.0},
                   {"iters", progress.iter},
                   {"threads", static_cast<int64_t>(operator_threads())},
                   {"isa", instruction_set()},
                   {"precision", precision_name(runner.precision())},
                   {"resumed_from", runner.resumed_from().empty() ? State() : State(runner.resumed_from())}});
  runner.run_folder().write("summary.json", to_json(summary) + "\n");
  const std::filesystem::path records = runner.run_folder().path() / "vis_data" / "scalars.json";
  const std::string& title = runner.surroundings().config_name;
  if (std::filesystem::exists(records))
    runner.run_folder().write(
        "curves.svg", curves_svg(io::read_file(records.string()), title.empty() ? runner.experiment_name() : title));
}

MILLRACE_REGISTER(Hook, SummaryHook);

}  // namespace millrace
