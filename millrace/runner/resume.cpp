#include "millrace/runner/resume.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/checkpoint/averages.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/data_meta.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/config/config.h"
#include "millrace/config/diff.h"
#include "millrace/data/data_loader.h"
#include "millrace/dist/ranks.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/model/weights.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/runner/train_loop.h"
#include "millrace/tensor/process.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

ResumePoint ResumePoint::read(const std::filesystem::path& path) {
  return of(load_checkpoint_file(path.string()), path);
}

ResumePoint ResumePoint::of(State checkpoint, const std::filesystem::path& path) {
  ResumePoint point{path, std::move(checkpoint)};
  const State* meta = point.checkpoint.find("meta");
  if (!meta || !meta->find("iter") || !meta->find("epoch"))
    throw Error(path.string() + ": holds only weights, no run to resume")
        .help("load_from=" + path.string() + " instead of resume starts from its weights");
  if (!point.checkpoint.find("optimizer"))
    throw Error(path.string() + ": holds no state of the optimizer, so the run cannot be resumed exactly")
        .note("best checkpoints and those with save_optimizer=False are for use, not for a resume")
        .help("load_from=" + path.string() + " instead of resume starts from its weights");
  return point;
}

std::optional<uint64_t> ResumePoint::seed() const {
  const State* seed = checkpoint.at("meta").find("seed");
  if (!seed || seed->kind() != State::Kind::integer) return std::nullopt;
  return static_cast<uint64_t>(seed->integer());
}

std::string ResumePoint::run_folder() const {
  const State* own = checkpoint.find("millrace");
  const State* name = own ? own->find("run_folder") : nullptr;
  return name && name->is_string() ? name->string() : "";
}

bool is_saved_in(const std::filesystem::path& folder, const std::string& resumed_from, const State* last_ckpt) {
  std::error_code absent;
  const auto lies_in_folder = [&](const std::filesystem::path& file) {
    return std::filesystem::equivalent(std::filesystem::absolute(file, absent).parent_path(), folder, absent);
  };
  // A checkpoint in memory has a name, too, but no folder.
  if (std::filesystem::is_regular_file(resumed_from, absent) && lies_in_folder(resumed_from)) return true;
  return last_ckpt && last_ckpt->is_string() && lies_in_folder(last_ckpt->string());
}

bool ResumePoint::is_saved_in(const std::filesystem::path& folder) const {
  const State* hub = checkpoint.find("message_hub");
  const State* infos = hub ? hub->find("runtime_info") : nullptr;
  if (millrace::is_saved_in(folder, path.string(), infos ? infos->find("last_ckpt") : nullptr)) return true;
  // With out_dir the checkpoints lie elsewhere, and `last_checkpoint` alone in the work dir.
  std::error_code absent;
  const std::optional<std::string> newest = latest_if_any(folder.string());
  return newest && std::filesystem::equivalent(std::filesystem::absolute(path, absent).parent_path(),
                                               std::filesystem::absolute(*newest, absent).parent_path(), absent);
}

std::string file_of_resumed_run(const std::string& named, const std::string& resumed_from) {
  std::error_code absent;
  const auto is_file = [&absent](const std::filesystem::path& path) {
    return std::filesystem::is_regular_file(path, absent);
  };
  if (named.empty()) return "";
  if (is_file(resumed_from)) {
    const std::filesystem::path beside =
        std::filesystem::absolute(resumed_from).parent_path() / std::filesystem::path(named).filename();
    if (is_file(beside)) return beside.lexically_normal().string();
  }
  return is_file(named) ? named : "";
}

namespace {

void warn_of_other_machine(Runner& runner, const State& own) {
  const State* threads = own.find("threads");
  if (threads && threads->integer() != operator_threads())
    runner.logger().warning(
        fmt::format("the checkpoint was made with {} threads, this process has {}: sums are rounded in another order, "
                    "so the run will not end with the same bits",
                    threads->integer(), operator_threads()));
  const State* isa = own.find("instruction_set");
  if (isa && isa->string() != instruction_set())
    runner.logger().warning(
        fmt::format("the checkpoint was made with {}, this machine has {}: the run will not end with the same bits",
                    isa->string(), instruction_set()));
}

void restore_progress(Runner& runner, const ResumePoint& point) {
  const State& meta = point.checkpoint.at("meta");
  Progress& progress = runner.train_loop().progress();
  try {
    if (const State* own = point.checkpoint.find("millrace")) {
      progress.load_state_dict(own->at("progress"));
      return;
    }
    // Made by MMEngine, which does not store the position within a pass: assume the end of an epoch.
    progress.epoch = saved_count(meta, "meta", "epoch");
    progress.iter = saved_count(meta, "meta", "iter");
  } catch (Error& error) {
    error.locate(Place(point.path.string()));
    throw;
  }
  const int64_t length = runner.loader_length(Mode::train);
  progress.pass = runner.train_loop().by_epoch() || length <= 0 ? progress.epoch : progress.iter / length;
  progress.batch_in_epoch = length <= 0 ? 0
                            : runner.train_loop().by_epoch()
                                ? std::max<int64_t>(progress.iter - progress.epoch * length, 0)
                                : progress.iter % length;
}

/// What this rank had of its own.
const State& state_of_rank(Runner& runner, const State& own) {
  Ranks& ranks = runner.context().ranks;
  const State* of_ranks = own.find("ranks");
  const int64_t then = of_ranks ? static_cast<int64_t>(of_ranks->items().size()) : 1;
  if (then != ranks.size())
    runner.logger().warning(
        fmt::format("the number of ranks changed from {} to {}: each rank gets other batches and random numbers, so "
                    "the run will not end with the same bits",
                    then, ranks.size()));
  return of_ranks && then == ranks.size() ? of_ranks->items()[static_cast<size_t>(ranks.rank())] : own;
}

/// The results of a run with its files where they are now.
State with_files_found(State results, const std::string& resumed_from) {
  const auto find_file = [&](State& named) {
    if (named.is_string()) named = file_of_resumed_run(named.string(), resumed_from);
  };
  for (const char* which : {"best", "last"})
    if (State* result = results.find(which); result && result->is_dict() && result->find("checkpoint"))
      find_file((*result)["checkpoint"]);
  if (results.find("newest")) find_file(results["newest"]);
  return results;
}

void restore_results(Runner& runner, const ResumePoint& point, const State& own) {
  const State* results = own.find("results");
  State older;
  if (!results) {  // older checkpoints have them as the state of a hook, and the newest checkpoint's path in the hub
    results = own.at("hooks").find("SummaryHook");
    if (!results) return;
    older = *results;
    if (const State* newest = runner.hub().find_info("last_ckpt")) older["newest"] = *newest;
    results = &older;
  }
  runner.results().load_state_dict(with_files_found(*results, point.path.string()));
}

/// The tree of a config that is kept as text, without what says how a run was started: that is no setting of it.
Value settings_of(const std::string& text, const std::string& name) {
  Value settings = Config::from_string(text, Config::Format::python, name).tree;
  for (const char* key : {"resume", "load_from"}) settings.as_dict().erase(key);
  return settings;
}

/// Says which settings are others than those that the checkpoint was made under.
void log_changed_config(Runner& runner, const State& meta) {
  const State* text = meta.find("cfg");
  if (!text || !text->is_string() || text->string().empty() || runner.surroundings().config_text.empty()) return;
  try {
    const Value before = settings_of(text->string(), "checkpoint.py");
    const Value now = settings_of(runner.surroundings().config_text, "config.py");
    std::vector<Difference> changed = diff(before, now);
    if (changed.empty()) return;
    for (Difference& difference : changed) difference.before_place = difference.after_place = Place();
    std::string lines = diff_text(changed);
    while (lines.ends_with('\n')) lines.pop_back();
    runner.logger().info(
        "The config differs from that of the checkpoint; schedules are replayed from step 0 with the new one:\n  " +
        join(split(lines, '\n'), "\n  "));
  } catch (const Error& error) {
    runner.logger().warning("the config of the checkpoint can't be read, and is not compared: " + error.summary());
  }
}

/// A run with an EMAHook saves the averages as state_dict, and what is trained as ema_state_dict. Where no hook has taken
/// that, the run goes on from what is trained.
void take_trained_weights(Runner& runner, State& checkpoint) {
  if (!has_averages(checkpoint)) return;
  exchange_averages(checkpoint);
  runner.logger().warning(
      "the checkpoint holds averaged weights (EMA), and this run has no hook that averages: it goes on from the "
      "trained ones, which are its ema_state_dict");
}

/// What the checkpoint holds and nothing in this run uses, a line each.
void log_unused(Runner& runner, const State& checkpoint, const std::vector<std::string>& hooks_left) {
  const auto tell = [&](const std::string& what) {
    runner.logger().warning("nothing in this run uses " + what + " of the checkpoint");
  };
  static const std::vector<std::string> kUsed = {
      "meta", "state_dict", "message_hub", "optimizer", "param_schedulers", "ema_state_dict", "millrace"};
  static const std::vector<std::string> kOwn = {
      "version", "log_scalars", "progress",      "rng_state", "hooks",           "hook_settings", "data", "run_folder",
      "results", "not_finite",  "vis_positions", "threads",   "instruction_set", "precision",     "ranks"};
  const auto tell_others = [&](const State& dict, const std::vector<std::string>& used, const std::string& before) {
    for (const State::Item& item : dict.entries())
      if (item.key.is_string() && std::find(used.begin(), used.end(), item.key.string()) == used.end())
        tell("'" + before + item.key.string() + "'");
  };
  tell_others(checkpoint, kUsed, "");
  if (const State* own = checkpoint.find("millrace")) tell_others(*own, kOwn, "millrace.");
  const State* schedules = checkpoint.find("param_schedulers");
  const bool has_schedules = schedules && ((schedules->is_sequence() && !schedules->items().empty()) ||
                                           (schedules->is_dict() && !schedules->entries().empty()));
  if (has_schedules && runner.schedulers()->empty()) tell("'param_schedulers'");
  for (const OptimSet::Entry& entry : runner.optims()->entries()) {
    const State& optimizer = checkpoint.at("optimizer");
    const State* one = entry.name.empty() ? &optimizer : optimizer.find(entry.name);
    if (one && one->find("loss_scaler") && !entry.optim->loss_scaler())
      tell("'optimizer." + (entry.name.empty() ? "" : entry.name + ".") + "loss_scaler'");
  }
  for (const std::string& name : hooks_left) tell("the state of " + name);
}

/// The names of a run's own checkpoints are those of the model: what revises the names of the file that it began with
/// must not revise them, too.
void restore_weights(Runner& runner, const State& checkpoint, const std::string& file) {
  LoadWeights loading{.fit = Fit::all, .source = file};
  try {
    load_weights(runner.model().modules(), checkpoint, loading);
    return;
  } catch (WeightsMisfit& misfit) {
    loading.revise_keys = runner.options().load_revise_keys;
    if (loading.revise_keys.empty()) {
      misfit.loadable = 0;  // no resume is less strict
      misfit.word({.revise = [](auto keys) { return "load_revise_keys=" + as_python_list(keys); }});
      misfit.note("a run goes on with the network that it was made with");
      throw;
    }
  }
  try {
    load_weights(runner.model().modules(), checkpoint, loading);
  } catch (const WeightsMisfit& misfit) {
    throw Error(misfit).help("").note("a run goes on with the network that it was made with");
  }
}

}  // namespace

void restore_run(Runner& runner, ResumePoint& point) {
  State& checkpoint = point.checkpoint;
  CheckpointPoint at{runner, checkpoint, point.path, true};
  runner.hooks().call<&Hook::after_load_checkpoint>(at);
  take_trained_weights(runner, checkpoint);
  restore_weights(runner, checkpoint, point.path.string());
  check_finite(runner.model().modules(), point.path.string());

  const State& meta = checkpoint.at("meta");
  const State* own = checkpoint.find("millrace");
  restore_progress(runner, point);
  const Progress& progress = runner.train_loop().progress();
  if (own) warn_of_other_machine(runner, *own);
  log_changed_config(runner, meta);
  if (State* hub = checkpoint.find("message_hub")) {
    // Where older checkpoints and MMEngine's have them.
    if (const State* histories = own ? own->find("log_scalars") : nullptr) (*hub)["log_scalars"] = *histories;
    for (const std::string& notice : runner.hub().load_state_dict(*hub)) runner.logger().warning(notice);
  }
  runner.optims()->load_state_dict(checkpoint.at("optimizer"));
  const State* schedules = checkpoint.find("param_schedulers");
  runner.schedulers()->resume(schedules ? *schedules : State(), progress.iter, progress.epoch,
                              runner.loader_length(Mode::train));
  std::vector<std::string> hooks_left;
  if (own) {
    const State* settings = own->find("hook_settings");
    HookList::Loaded hooks = runner.hooks().load_state_dict(own->at("hooks"), settings ? *settings : State());
    for (const std::string& notice : hooks.notices) runner.logger().warning(notice);
    hooks_left = std::move(hooks.left);
    restore_results(runner, point, *own);
    if (const State* found = own->find("not_finite")) runner.finite_watch().load_state_dict(*found);
    const State& of_rank = state_of_rank(runner, *own);
    for (const std::string& notice : runner.loader(Mode::train).load_state(of_rank.at("data")))
      runner.logger().warning(notice);
    set_generator_state(of_rank.at("rng_state").tensor());
    if (runner.context().ranks.is_main() && runner.run_folder().is_reopened())
      runner.visualizer().rewind(own->at("vis_positions"));
  }
  log_unused(runner, checkpoint, hooks_left);
  runner.logger().info(
      fmt::format("resumed epoch: {}, iter: {} from {}", progress.epoch, progress.iter, point.path.string()));
}

LoadedWeights load_run_weights(Runner& runner, const std::filesystem::path& path, Fit fit) {
  return load_run_weights(runner, load_checkpoint_file(path.string()), path, fit);
}

LoadedWeights load_run_weights(Runner& runner, State checkpoint, const std::filesystem::path& path, Fit fit) {
  const std::string file = path.string();
  CheckpointPoint at{runner, checkpoint, path, false};
  runner.hooks().call<&Hook::after_load_checkpoint>(at);
  const bool has_both = has_averages(checkpoint);
  const std::optional<WeightSet> wanted = runner.options().load_weights;
  if (wanted) take_weights(checkpoint, *wanted, file);
  if (has_both && runner.options().load_revise_keys.empty()) checkpoint.erase("ema_state_dict");  // it is told of below
  LoadedWeights loaded{.data_meta = data_meta_of(checkpoint)};
  try {
    const WeightsMatch match =
        load_weights(runner.model().modules(), checkpoint,
                     {.fit = fit, .source = file, .revise_keys = runner.options().load_revise_keys});
    loaded.is_whole = match.missing.empty() && match.mismatches.empty();
  } catch (WeightsMisfit& misfit) {
    misfit.word({.revise = [](auto keys) { return "load_revise_keys=" + as_python_list(keys); },
                 .loosen = "load_strict=False"});
    throw;
  }
  check_finite(runner.model().modules(), file);
  if (has_both)
    runner.logger().info(wanted == WeightSet::trained
                             ? "The weights of " + file + " are those that were trained; it has averages (EMA), too"
                             : "The weights of " + file + " are averages (EMA) of those that were trained");
  return loaded;
}

}  // namespace millrace
