// `millrace train`: the entry of cli/engine.h.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "millrace/base/run_control.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/config/overrides.h"
#include "millrace/log/logger.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/scratch_work_dir.h"
#include "millrace/runner/storing_metrics.h"
#include "millrace/runner/train_trials.h"
#include "millrace/runner/work_dir.h"

namespace millrace {

namespace {

/// Whatever interval the config has, a dry run validates.
void validate_at_once(Config& config) {
  Value* loop = config.tree.as_dict().find("train_cfg");
  if (!loop || !loop->is_dict()) return;
  for (const char* key : {"val_begin", "dynamic_intervals"}) loop->as_dict().erase(key);
  if (loop->find("val_interval") || loop->find("max_iters")) loop->as_dict().set("val_interval", 1);
}

/// A dry run keeps nothing: the file of an earlier run stays as it is.
void drop_storing_metrics(EvaluatorConfig& evaluator) {
  auto& metrics = evaluator.metrics;
  if (!std::all_of(metrics.begin(), metrics.end(), only_stores)) std::erase_if(metrics, only_stores);
}

/// Ends a dry run after two batches of the training loop: the loop itself keeps its length, which schedules count on.
class EndAfterTwoBatches final : public Hook {
 public:
  void after_train_iter(TrainIter& point) override {
    if (++batches_ == 2) point.runner.request_stop("it is a dry run");
  }

 private:
  int64_t batches_ = 0;
};

/// Gives up the run that was in the work dir before, once the new one has made its first step.
class GiveUpOtherRun final : public Hook {
 public:
  explicit GiveUpOtherRun(const HeldWorkDir& work_dir) : work_dir_(work_dir) {}
  void after_train_iter(TrainIter&) override {
    if (!std::exchange(is_given_up_, true)) work_dir_.give_up_other_run();
  }

 private:
  const HeldWorkDir& work_dir_;
  bool is_given_up_ = false;
};

std::string text_of_best(const RunSummary::Result& best) {
  if (!best.value) return "";
  const std::string epoch = best.epoch > 0 ? fmt::format("epoch {}, ", best.epoch) : "";
  return fmt::format("{} {:.4f} at {}iteration {}", best.metric, *best.value, epoch, best.iter);
}

/// Nothing where the weights are finite.
std::string failure_of(const RunSummary& summary) {
  if (summary.broken_weight.empty()) return {};
  Error error("the last weights are not finite: the first such tensor is " + summary.broken_weight);
  if (summary.not_finite) error.note(summary.not_finite->text());
  return error.note("use a lower optim_wrapper.optimizer.lr, or clip the gradients")
      .help("optim_wrapper.clip_grad.max_norm=1")
      .what();
}

RunOutcome outcome_of(const RunSummary& summary) {
  RunOutcome outcome;
  outcome.failure = failure_of(summary);
  add_metrics(outcome, summary.metrics);
  outcome.best_metric = text_of_best(summary.best);
  outcome.best_checkpoint = summary.best.checkpoint;
  outcome.last_checkpoint = summary.last.checkpoint;
  outcome.run_folder = summary.run_folder.string();
  for (const auto& [name, path] : summary.files) {
    if (name == "summary") outcome.summary = path.string();
    if (name == "curves") outcome.curves = path.string();
  }
  outcome.seconds = summary.train_seconds;
  outcome.samples_per_second = summary.samples_per_second;
  outcome.stop_reason = summary.stop_reason;
  outcome.finished = summary.stop_reason == 0;
  if (outcome.finished && summary.session_iters == 0)
    outcome.notice = "the run was finished: nothing was left to train";
  return outcome;
}

/// Trains. Where an error ends that, the line that goes on with what is saved is told with it.
RunSummary train_or_say_how_to_go_on(Runner& runner, const std::string& go_on) {
  const auto hint = [&] {
    const bool has_lost = runner.summary().session_iters > 0;
    const bool can_go_on = has_lost && !go_on.empty() && latest_if_any(runner.work_dir().string());
    return can_go_on ? "resume:  " + go_on : "";
  };
  try {
    return runner.train();
  } catch (Error& error) {
    if (const std::string line = hint(); !line.empty()) error.note(line);
    throw;
  } catch (...) {
    if (const std::string line = hint(); !line.empty()) runner.logger().error(line);
    throw;
  }
}

RunOutcome run_training(const TrainRequest& request, RunControl& control) {
  Config config = requested_config(request.config, request.overrides, request.config_path);
  std::optional<ScratchWorkDir> scratch;
  if (request.work_dir) set_key(config, "work_dir", *request.work_dir, "--work-dir");
  set_default_work_dir(config);
  if (request.dry_run) {
    scratch.emplace();
    set_key(config, "work_dir", scratch->path().string(), "--dry-run");
    validate_at_once(config);
  }
  if (request.load_from) set_key(config, "load_from", *request.load_from, "--load-from");
  set_revise_keys(config, request.revise_keys);
  if (request.weights) set_key(config, "load_weights", *request.weights, "--weights");
  if (request.resume == TrainRequest::Resume::latest) {
    set_key(config, "resume", true, "--resume");
    if (!request.load_from) config.tree.as_dict().erase("load_from");
  } else if (request.resume == TrainRequest::Resume::path) {
    set_key(config, "resume", request.resume_path, "--resume");
  }
  if (request.device) set_key(config, "device", *request.device, "--device");
  if (request.precision) set_key(config, "precision", *request.precision, "--precision");
  if (request.limit_batches) set_key(config, "limit_batches", *request.limit_batches, "--limit-batches");
  if (request.threads) set_threads(config, *request.threads);
  if (request.seed) {
    apply_overrides(config, std::vector<std::string>{"randomness.seed=" + std::to_string(*request.seed)});
  }
  if (!request.validate)
    for (const char* key : {"val_dataloader", "val_cfg", "val_evaluator", "val_sets"}) config.tree.as_dict().erase(key);

  std::vector<std::string> notices;
  if (request.overfit) notices.push_back(overfit(config, *request.overfit));
  if (request.auto_batch) notices.push_back(choose_batch_size(config, request.memory_bytes, control));

  RunSurroundings surroundings = surroundings_of(request.console, request.terminal, control);
  RunnerOptions options = bind_run_config(config, surroundings);
  surroundings.notices.insert(surroundings.notices.end(), notices.begin(), notices.end());
  configure_process_for(options);
  std::optional<HeldWorkDir> work_dir;
  if (request.dry_run) {
    options.limit_batches = 2;
    options.sanity_val_batches = 0;  // the validation itself comes at once
    options.resume = false;
    for (EvaluatorConfig* evaluator : {&options.val_evaluator, &options.test_evaluator})
      drop_storing_metrics(*evaluator);
    if (request.resume != TrainRequest::Resume::no)
      surroundings.notices.emplace_back("--resume has no effect: a dry run begins anew");
    options.custom_hooks.emplace_back(std::make_shared<EndAfterTwoBatches>());
  } else {
    work_dir.emplace(config, options);
    if (request.overwrite) options.custom_hooks.emplace_back(std::make_shared<GiveUpOtherRun>(*work_dir));
    else work_dir->refuse_other_run(request.go_on);
    for (const std::string& notice : work_dir->notices()) surroundings.notices.push_back(notice);
  }
  Runner runner(std::move(options), std::move(surroundings));
  const bool has_test = !runner.options().test_cfg.empty();
  RunSummary summary = train_or_say_how_to_go_on(runner, request.dry_run ? "" : request.go_on);
  if (!request.dry_run) return outcome_of(summary);
  if (has_test && summary.stop_reason == 0) summary.metrics = runner.test();
  RunOutcome outcome;
  outcome.failure = failure_of(summary);
  add_metrics(outcome, summary.metrics);
  outcome.finished = true;
  outcome.notice = "dry run: two batches went through every loop, nothing was kept";
  return outcome;
}

RunOutcome train_for_command(const TrainRequest& request, RunControl& control) {
  try {
    return run_training(request, control);
  } catch (WeightsMisfit& misfit) {
    word_in_flags(misfit, "load_strict=False");
    throw;
  } catch (Error& error) {
    add_folder_hint(error, request.config);
    throw;
  }
}

[[maybe_unused]] const bool train_is_installed = [] {
  install_engine({.train = train_for_command});
  return true;
}();

}  // namespace

}  // namespace millrace
