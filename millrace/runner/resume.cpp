#include "millrace/runner/resume.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/data/data_loader.h"
#include "millrace/dist/ranks.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/model/weights.h"
#include "millrace/optim/optim_set.h"
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
        .help("--load-from " + path.string() + " starts from its weights");
  if (!point.checkpoint.find("optimizer"))
    throw Error(path.string() + ": holds no state of the optimizer, so the run cannot be resumed exactly")
        .note("best checkpoints and those with save_optimizer=False are for use, not for a resume")
        .help("--load-from " + path.string() + " starts from its weights");
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

void restore_results(Runner& runner, const State& own, const State& hooks) {
  if (const State* results = own.find("results")) return runner.results().load_state_dict(*results);
  // Older checkpoints have them as the state of a hook, and the newest checkpoint's path in the hub alone.
  const State* results = hooks.find("SummaryHook");
  if (!results) return;
  State older = *results;
  if (const State* newest = runner.hub().find_info("last_ckpt")) older["newest"] = *newest;
  runner.results().load_state_dict(older);
}

/// Says which settings are others than those that the checkpoint was made under.
void log_changed_config(Runner& runner, const State& meta) {
  const State* text = meta.find("cfg");
  if (!text || !text->is_string() || text->string().empty() || runner.surroundings().config_text.empty()) return;
  std::vector<std::string> changed;
  // How a run was started is no setting of it.
  const auto is_setting = [](const std::string& line) {
    return !line.starts_with("resume = ") && !line.starts_with("load_from = ");
  };
  const std::vector<std::string> before = split(text->string(), '\n'),
                                 now = split(runner.surroundings().config_text, '\n');
  for (const std::string& line : before)
    if (is_setting(line) && std::find(now.begin(), now.end(), line) == now.end()) changed.push_back("- " + line);
  for (const std::string& line : now)
    if (is_setting(line) && std::find(before.begin(), before.end(), line) == before.end())
      changed.push_back("+ " + line);
  if (changed.empty()) return;
  runner.logger().info(
      "The config differs from that of the checkpoint; schedules are replayed from step 0 with the new one:\n  " +
      join(changed, "\n  "));
}

}  // namespace

void restore_run(Runner& runner, ResumePoint& point) {
  State& checkpoint = point.checkpoint;
  CheckpointPoint at{runner, checkpoint, point.path, true};
  runner.hooks().call<&Hook::after_load_checkpoint>(at);
  try {
    load_weights(runner.model().modules(), checkpoint, {.fit = Fit::all, .source = point.path.string()});
  } catch (const WeightsMisfit& misfit) {
    throw Error(misfit).help("").note("a run goes on with the network that it was made with");
  }
  check_finite(runner.model().modules(), point.path.string());

  const State& meta = checkpoint.at("meta");
  const State* own = checkpoint.find("millrace");
  restore_progress(runner, point);
  const Progress& progress = runner.train_loop().progress();
  if (own) warn_of_other_machine(runner, *own);
  log_changed_config(runner, meta);
  if (const State* hub = checkpoint.find("message_hub")) {
    for (const std::string& notice : runner.hub().load_state_dict(*hub)) runner.logger().warning(notice);
  }
  runner.optims()->load_state_dict(checkpoint.at("optimizer"));
  const State* schedules = checkpoint.find("param_schedulers");
  runner.schedulers()->resume(schedules ? *schedules : State(), progress.iter, progress.epoch,
                              runner.loader_length(Mode::train));
  if (own) {
    runner.hooks().load_state_dict(own->at("hooks"));
    restore_results(runner, *own, own->at("hooks"));
    const State& of_rank = state_of_rank(runner, *own);
    for (const std::string& notice : runner.loader(Mode::train).load_state(of_rank.at("data")))
      runner.logger().warning(notice);
    set_generator_state(of_rank.at("rng_state").tensor());
    if (runner.context().ranks.is_main() && runner.run_folder().name() == point.run_folder())
      runner.visualizer().rewind(own->at("vis_positions"));
  }
  runner.logger().info(
      fmt::format("resumed epoch: {}, iter: {} from {}", progress.epoch, progress.iter, point.path.string()));
}

void load_run_weights(Runner& runner, const std::filesystem::path& path, Fit fit) {
  const std::string file = path.string();
  State checkpoint = load_checkpoint_file(file);
  CheckpointPoint at{runner, checkpoint, path, false};
  runner.hooks().call<&Hook::after_load_checkpoint>(at);
  try {
    load_weights(runner.model().modules(), checkpoint,
                 {.fit = fit, .source = file, .revise_keys = runner.options().load_revise_keys});
  } catch (WeightsMisfit& misfit) {
    misfit.word({.revise = [](auto keys) { return "load_revise_keys=" + as_python_list(keys); },
                 .loosen = "load_strict=False"});
    throw;
  }
  check_finite(runner.model().modules(), file);
}

}  // namespace millrace
