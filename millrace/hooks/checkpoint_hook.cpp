#include "millrace/hooks/checkpoint_hook.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/metric_rule.h"
#include "millrace/base/sha256.h"
#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/dist/ranks.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/runner/resume.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/train_loop.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

namespace {

std::string file_name(const std::optional<std::string>& pattern, bool by_epoch, int64_t number) {
  std::string name = pattern.value_or(by_epoch ? "epoch_{}.pth" : "iter_{}.pth");
  if (const size_t at = name.find("{}"); at != std::string::npos) name.replace(at, 2, std::to_string(number));
  return name;
}

std::vector<std::string> texts_of(const std::optional<OneOrMany<std::string>>& given) {
  return given ? given->values() : std::vector<std::string>();
}

Error no_metric(const std::string& key, const std::vector<std::string>& names) {
  return Error("CheckpointHook.save_best: there is no metric '" + key + "'" + did_you_mean(key, names))
      .note("metrics: " + join(names));
}

Error silent_name(const std::string& first) {
  return Error("CheckpointHook.save_best='auto' takes the first metric, and the name '" + first +
               "' does not tell whether more is better")
      .help("rule='greater' or rule='less'");
}

/// Of the name of a metric. Throws Error if there is none.
const State& value_of(const MetricMap& metrics, const std::string& key) {
  if (const State* value = metrics.find(key)) return *value;
  std::vector<std::string> names;
  for (const MetricMap::Entry& metric : metrics) names.push_back(metric.name);
  throw no_metric(key, names);
}

/// Whether more of the metric that 'auto' takes is better. Throws Error if its name does not tell.
bool more_is_better_of_first(const CheckpointHook::Options& options, const MetricMap& metrics) {
  const std::string& key = metrics.begin()->name;
  if (const auto greater = greater_is_better(key, options.greater_keys, options.less_keys)) return *greater;
  throw silent_name(key);
}

/// The best result that is known of another run: where it was made is what the file says.
RunSummary::Result result_of_file(const std::string& key, double score, const std::string& file) {
  RunSummary::Result best;
  best.metric = key;
  best.value = score;
  best.checkpoint = file;
  if (file.empty()) return best;
  try {
    const State meta = load_checkpoint_file(file).at("meta");
    best.epoch = meta.at("epoch").integer();
    best.iter = meta.at("iter").integer();
  } catch (const Error&) {  // then it is not known
  }
  return best;
}

/// Whether more of the metric is better; nothing where its name does not tell.
std::optional<bool> more_is_better(const CheckpointHook::Options& options, size_t metric) {
  const std::vector<std::string> rules = texts_of(options.rule);
  if (!rules.empty()) return rules[rules.size() == 1 ? 0 : metric] == "greater";
  return greater_is_better((*options.save_best)[metric], options.greater_keys, options.less_keys);
}

/// The mistake in a key of save_best, if a validation gives these values.
std::optional<Error> misfit(const CheckpointHook::Options& options, const std::string& key,
                            const std::vector<Metric::Figure>& figures) {
  std::vector<std::string> names;
  for (const Metric::Figure& figure : figures) names.push_back(figure.name);
  const size_t at = static_cast<size_t>(key == "auto" ? 0 : std::find(names.begin(), names.end(), key) - names.begin());
  if (at == names.size()) return no_metric(key, names);
  if (!figures[at].is_number)
    return Error("CheckpointHook.save_best: the metric '" + names[at] +
                 "' is not a number, so none of its values can be the best");
  if (key == "auto" && !options.rule && !greater_is_better(names[0], options.greater_keys, options.less_keys))
    return silent_name(names[0]);
  return std::nullopt;
}

}  // namespace

CheckpointHook::Facts CheckpointHook::facts_of(const Options& options) {
  if (!options.save_best) return {};
  return {[options](const std::vector<Metric::Figure>& figures, Complaints& complaints) {
    for (const std::string& key : options.save_best->values())
      if (const auto error = misfit(options, key, figures)) complaints.add("save_best", error->summary()) = *error;
  }};
}

void CheckpointHook::check(const Options& options, Complaints& complaints) {
  if (options.filename_tmpl && options.filename_tmpl->find("{}") == std::string::npos)
    complaints.add("filename_tmpl",
                   "CheckpointHook.filename_tmpl needs {} for the number, got '" + *options.filename_tmpl + "'");
  const std::vector<std::string> keys = texts_of(options.save_best), rules = texts_of(options.rule);
  static const std::vector<std::string> kRules = {"greater", "less"};
  const size_t complaints_before = complaints.all().size();
  for (const std::string& rule : rules)
    if (rule != "greater" && rule != "less")
      complaints.add(
          "rule", "CheckpointHook.rule must be 'greater' or 'less', got '" + rule + "'" + did_you_mean(rule, kRules));
  if (!keys.empty() && rules.size() > 1 && rules.size() != keys.size())
    complaints.add("rule", fmt::format("CheckpointHook.rule has {} entries for {} metrics of save_best", rules.size(),
                                       keys.size()));
  const bool rules_are_right = complaints.all().size() == complaints_before;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == "auto" && keys.size() > 1)
      complaints.add("save_best", "CheckpointHook.save_best: 'auto' must be the only entry, got a list with it");
    else if (std::count(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i), keys[i]) > 0)
      complaints.add("save_best", "CheckpointHook.save_best names '" + keys[i] + "' twice");
    else if (keys[i] != "auto" && rules_are_right && !more_is_better(options, i))
      complaints
          .add("save_best", "CheckpointHook.save_best: the name '" + keys[i] + "' does not tell whether more is better")
          .help("rule='greater' or rule='less'");
  }
}

CheckpointHook::CheckpointHook(Options options) : options_(checked<CheckpointHook>(std::move(options))) {
  const std::vector<std::string> keys = texts_of(options_.save_best);
  for (size_t i = 0; i < keys.size(); ++i)
    best_.push_back({keys[i], more_is_better(options_, i).value_or(true), std::nullopt, {}});
}

std::filesystem::path CheckpointHook::folder(Runner& runner) const {
  if (!options_.out_dir) return runner.work_dir();
  return std::filesystem::path(*options_.out_dir) / runner.work_dir().filename();
}

std::string CheckpointHook::info_key(const char* name, const Best& best) const {
  return best_.size() == 1 ? name : std::string(name) + "_" + best.key;
}

void CheckpointHook::check_metrics(const MetricMap& metrics) const {
  if (metrics.empty()) return;
  for (const Best& best : best_) {
    if (best.key != "auto") value_of(metrics, best.key);
    else if (!options_.rule) more_is_better_of_first(options_, metrics);
  }
}

void CheckpointHook::before_train(RunPoint& point) {
  Runner& runner = point.runner;
  const TrainLoop& loop = runner.train_loop();
  by_epoch_ = options_.by_epoch.value_or(loop.by_epoch());
  // Of what the loop does not count, an interval that nobody says is one pass over the data.
  const int64_t usual = by_epoch_ == loop.by_epoch() ? loop.save_interval()
                        : by_epoch_                  ? 1
                                                     : runner.loader_length(Mode::train);
  interval_ = options_.interval.value_or(usual);
  saved_iter_ = -1;
  is_interrupted_ = false;
  if (runner.context().ranks.is_main()) std::filesystem::create_directories(folder(runner));
  runner.logger().info("Checkpoints will be saved to " + folder(runner).string());
  // A resumed hub remembers what was kept and what was best. What was kept elsewhere is not this run's to remove.
  kept_.clear();
  const State* kept = runner.hub().find_info("keep_ckpt_ids");
  if (!is_saved_in(folder(runner), runner.resumed_from(), runner.hub().find_info("last_ckpt"))) {
    runner.hub().pop_info("keep_ckpt_ids");
  } else if (kept && kept->is_sequence()) {
    for (const State& number : kept->items())
      kept_.push_back((folder(runner) / file_name(options_.filename_tmpl, by_epoch_, number.integer())).string());
  }
  for (Best& best : best_) recall(runner, best);
  if (!runner.resumed_from().empty()) saved_iter_ = runner.iter();
}

void CheckpointHook::recall(Runner& runner, Best& best) {
  best.score.reset();
  best.file.clear();
  const State* key = runner.hub().find_info("save_best");
  const State* score = runner.hub().find_info(info_key("best_score", best));
  const State* file = runner.hub().find_info(info_key("best_ckpt", best));
  if (best.key == "auto" && key && key->is_string()) {
    best.key = key->string();
    if (!options_.rule)
      best.greater = greater_is_better(best.key, options_.greater_keys, options_.less_keys).value_or(true);
  }
  if (best_.size() == 1 && key && key->is_string() && key->string() != best.key) return;  // those of another metric
  if (score && std::isfinite(score->number())) best.score = score->number();
  best.file = file && file->is_string() ? file_of_resumed_run(file->string(), runner.resumed_from()) : "";
  if (!best.file.empty()) runner.hub().update_info(info_key("best_ckpt", best), best.file);
  if (best_.size() != 1 || !best.score || best.key == "auto") return;
  // The run's results are of the same validation as the file: a run of MMEngine notes them nowhere else.
  runner.results().choose(best.key, best.greater);
  if (runner.results().is_better(*best.score))
    runner.results().recall_best(result_of_file(best.key, *best.score, best.file));
}

bool CheckpointHook::is_due(int64_t done, int64_t last) const {
  if (options_.save_last && done == last) return true;
  const int64_t counted = done - options_.save_begin;
  return interval_ > 0 && counted >= 0 && counted % interval_ == 0;
}

void CheckpointHook::after_train_epoch(RunPoint& point) {
  Runner& runner = point.runner;
  if (!by_epoch_) return;
  if (is_due(runner.epoch() + 1, runner.max_epochs())) request(runner, runner.epoch() + 1, true);
}

void CheckpointHook::after_train_iter(TrainIter& point) {
  Runner& runner = point.runner;
  if (by_epoch_) return;
  if (is_due(point.done, runner.max_iters())) request(runner, point.done, false);
}

void CheckpointHook::request(Runner& runner, int64_t number, bool by_epoch) {
  const std::filesystem::path path =
      folder(runner) / file_name(by_epoch == by_epoch_ ? options_.filename_tmpl : std::nullopt, by_epoch, number);
  runner.logger().info(fmt::format("Saving checkpoint at {} {}", number, by_epoch ? "epochs" : "iterations"));
  SaveRequest save{path, options_.save_optimizer, options_.save_param_scheduler};
  if (by_epoch) save.epoch = number;
  // What the file itself says of the kept ones includes it: a resume from it goes on with the same rotation.
  if (options_.max_keep_ckpts > 0 && by_epoch == by_epoch_) {
    const bool again = std::find(kept_.begin(), kept_.end(), path.string()) != kept_.end();
    if (!again) {
      kept_.push_back(path.string());
      State ids = State::list();
      const State* old = runner.hub().find_info("keep_ckpt_ids");
      if (old && old->is_sequence()) ids = *old;
      ids.push_back(number);
      while (static_cast<int64_t>(ids.items().size()) > options_.max_keep_ckpts) ids.items().erase(ids.items().begin());
      runner.hub().update_info("keep_ckpt_ids", ids);
    }
  }
  while (options_.max_keep_ckpts > 0 && static_cast<int64_t>(kept_.size()) > options_.max_keep_ckpts) {
    save.replaces.emplace_back(kept_.front());
    kept_.erase(kept_.begin());
  }
  save.then = [this, &runner] { saved_iter_ = runner.iter(); };
  runner.request_save(std::move(save));
}

void CheckpointHook::request_here(Runner& runner) {
  // Between two epochs the epoch names the place; anywhere else only the iteration does.
  const Progress& progress = runner.train_loop().progress();
  const bool at_epoch = runner.train_loop().by_epoch() && progress.batch_in_epoch == 0 && progress.epoch > 0;
  if (at_epoch && by_epoch_) request(runner, progress.epoch, true);
  else request(runner, progress.iter, false);
}

void CheckpointHook::on_stop(StopPoint& point) {
  Runner& runner = point.runner;
  is_interrupted_ = point.signal != 0;
  if (saved_iter_ == runner.iter()) return;
  if (point.signal == 0 && !options_.save_last) return;
  request_here(runner);
}

void CheckpointHook::on_signal(StopPoint& point) { request_here(point.runner); }

void CheckpointHook::on_exception(ExceptionPoint& point) {
  if (point.is_whole && saved_iter_ != point.runner.iter()) request_here(point.runner);
}

void CheckpointHook::after_train(RunPoint& point) {
  Runner& runner = point.runner;
  if (!options_.published_keys || is_interrupted_ || !runner.context().ranks.is_main()) return;
  const State* last = runner.hub().find_info("last_ckpt");
  if (options_.save_last && last && last->is_string()) publish(runner, last->string());
  for (const Best& best : best_)
    if (!best.file.empty()) publish(runner, best.file);
}

void CheckpointHook::publish(Runner& runner, const std::filesystem::path& file) const {
  const State whole = load_torch_file(file.string());
  State published = State::dict();
  for (const std::string& key : options_.published_keys->values()) {
    if (const State* value = whole.find(key)) published[key] = *value;
    else runner.logger().warning("CheckpointHook.published_keys: " + file.string() + " has no '" + key + "'");
  }
  const std::string name = file.stem().string() + "-" + sha256(checkpoint_content(published)).substr(0, 8) + ".pth";
  save_checkpoint_file((file.parent_path() / name).string(), published);
  runner.logger().info("The published checkpoint is saved to " + name + ".");
}

void CheckpointHook::resolve_best(Runner& runner, const MetricMap& metrics) {
  for (Best& best : best_) {
    if (best.key == "auto") {
      best.key = metrics.begin()->name;
      if (!options_.rule) best.greater = more_is_better_of_first(options_, metrics);
    }
  }
  if (best_.size() == 1) {
    runner.hub().update_info("save_best", best_.front().key);
    runner.results().choose(best_.front().key, best_.front().greater);
  }
}

void CheckpointHook::after_val_epoch(EvalEnd& point) {
  Runner& runner = point.runner;
  if (best_.empty() || !runner.has_train_loop()) return;
  if (point.metrics.empty()) {
    runner.logger().warning("there are no metrics to choose the best checkpoint by");
    return;
  }
  resolve_best(runner, point.metrics);
  for (Best& best : best_) save_if_best(runner, best, point.metrics);
}

void CheckpointHook::save_if_best(Runner& runner, Best& best, const MetricMap& metrics) {
  const State& value = value_of(metrics, best.key);
  if (value.is_none()) return;
  const double score = value.number();
  if (!std::isfinite(score)) return;
  if (best.score && !(best.greater ? score > *best.score : score < *best.score)) return;
  if (!runner.broken_weight().empty()) return;

  std::string key = best.key;
  std::replace(key.begin(), key.end(), '/', '_');
  const int64_t number = by_epoch_ ? runner.epoch() : runner.iter();
  const std::filesystem::path path =
      folder(runner) / ("best_" + key + "_" + file_name(options_.filename_tmpl, by_epoch_, number));
  const std::string old = best.file;
  best.score = score;
  best.file = path.string();
  runner.hub().update_info(info_key("best_score", best), score);
  runner.hub().update_info(info_key("best_ckpt", best), path.string());
  SaveRequest save{path, false, false, false};
  save.best_of = best.key;
  if (!old.empty()) save.replaces.emplace_back(old);
  save.then = [&runner, path, score, number, name = best.key, by_epoch = by_epoch_] {
    runner.logger().info(fmt::format("The best checkpoint with {:.4f} {} at {} {} is saved to {}.", score, name, number,
                                     by_epoch ? "epoch" : "iter", path.filename().string()));
  };
  runner.request_save(std::move(save));
}

MILLRACE_REGISTER(Hook, CheckpointHook);

}  // namespace millrace
