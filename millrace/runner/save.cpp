#include "millrace/runner/save.h"

#include <algorithm>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/data/data_loader.h"
#include "millrace/dist/together.h"
#include "millrace/hub/message_hub.h"
#include "millrace/io/atomic_file.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/model/weights.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/train_loop.h"
#include "millrace/tensor/process.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

namespace {

/// What the other ranks must know of a request: all but `then`.
State state_of(const SaveRequest& request) {
  State replaces = State::list();
  for (const auto& path : request.replaces) replaces.push_back(path.string());
  return State::dict({{"path", request.path.string()},
                      {"optimizer", request.optimizer},
                      {"param_schedulers", request.param_schedulers},
                      {"newest", request.newest},
                      {"epoch", request.epoch ? State(*request.epoch) : State()},
                      {"best_of", request.best_of},
                      {"replaces", replaces}});
}

SaveRequest request_of(const State& state) {
  SaveRequest request{state.at("path").string(), state.at("optimizer").boolean(),
                      state.at("param_schedulers").boolean(), state.at("newest").boolean()};
  if (const State& epoch = state.at("epoch"); !epoch.is_none()) request.epoch = epoch.integer();
  request.best_of = state.at("best_of").string();
  for (const State& path : state.at("replaces").items()) request.replaces.emplace_back(path.string());
  return request;
}

/// The requests of all ranks, each file once, in one order for all.
std::vector<SaveRequest> of_all_ranks(Ranks& ranks, std::vector<SaveRequest> own) {
  if (ranks.agree(own.empty() ? 0 : 1) == 0 || ranks.size() == 1) return own;
  State states = State::list();
  for (const SaveRequest& request : own) states.push_back(state_of(request));
  std::vector<SaveRequest> all;
  const auto find = [](std::vector<SaveRequest>& requests, const std::filesystem::path& path) {
    return std::find_if(requests.begin(), requests.end(), [&](const auto& request) { return request.path == path; });
  };
  for (const State& of_rank : ranks.all_gather(states))
    for (const State& state : of_rank.items()) {
      SaveRequest request = request_of(state);
      if (find(all, request.path) != all.end()) continue;
      if (const auto mine = find(own, request.path); mine != own.end()) request.then = std::move(mine->then);
      all.push_back(std::move(request));
    }
  return all;
}

/// Whether a file goes for the one that was saved: paths come out of checkpoints, too, and what lies in another folder
/// belongs to another run.
bool is_replaced(const std::filesystem::path& old, const std::filesystem::path& saved) {
  std::error_code absent;
  return std::filesystem::is_regular_file(old, absent) && !std::filesystem::equivalent(old, saved, absent) &&
         std::filesystem::equivalent(old.parent_path(), saved.parent_path(), absent);
}

/// What each rank has of its own.
State rank_state(Runner& runner) {
  return State::dict({{"rng_state", generator_state()}, {"data", runner.loader(Mode::train).state()}});
}

}  // namespace

State compose_checkpoint(Runner& runner, const SaveRequest& request) {
  const Progress& progress = runner.train_loop().progress();
  Ranks& ranks = runner.context().ranks;
  State checkpoint = State::dict();

  State meta = State::dict({{"epoch", request.epoch.value_or(progress.epoch)},
                            {"iter", progress.iter},
                            {"cfg", runner.surroundings().config_text},
                            {"seed", static_cast<int64_t>(runner.seed())},
                            {"experiment_name", runner.experiment_name()},
                            {"time", timestamp()},
                            {"millrace_version", MILLRACE_VERSION}});
  if (const State dataset = runner.loader(Mode::train).dataset_meta(); !dataset.is_none())
    meta["dataset_meta"] = dataset;
  checkpoint["meta"] = std::move(meta);
  checkpoint["state_dict"] = state_dict(runner.model().modules());
  // MMEngine takes histories as pickled objects of its own class alone, which torch.load refuses to read: they are under
  // `millrace`, so that it has none to complain of.
  State hub = runner.hub().state_dict();
  State histories = std::exchange(hub["log_scalars"], State::dict());
  State resumed_keys = State::dict();
  for (const State::Item& flag : hub.at("resumed_keys").entries())
    if (hub.at("runtime_info").find(flag.key.string())) resumed_keys.entries().push_back(flag);
  hub["resumed_keys"] = std::move(resumed_keys);
  checkpoint["message_hub"] = std::move(hub);
  if (request.optimizer) checkpoint["optimizer"] = runner.optims()->state_dict();
  if (request.param_schedulers && !runner.schedulers()->empty())
    checkpoint["param_schedulers"] = runner.schedulers()->state_dict();

  Progress saved = progress;
  saved.train_seconds = runner.train_seconds();
  const State own = rank_state(runner);
  State millrace = State::dict({{"version", MILLRACE_VERSION},
                                {"progress", saved.state_dict()},
                                {"rng_state", own.at("rng_state")},
                                {"log_scalars", std::move(histories)},
                                {"hooks", runner.hooks().state_dict()},
                                {"hook_settings", runner.hooks().settings()},
                                {"data", own.at("data")},
                                {"run_folder", runner.run_folder().name()},
                                {"results", runner.results().state_dict()},
                                {"not_finite", runner.finite_watch().state_dict()},
                                {"vis_positions", runner.visualizer().positions()},
                                {"threads", static_cast<int64_t>(operator_threads())},
                                {"instruction_set", instruction_set()},
                                {"precision", precision_name(runner.precision())}});
  if (ranks.size() > 1) millrace["ranks"] = State::list(ranks.all_gather(own));
  checkpoint["millrace"] = std::move(millrace);
  return checkpoint;
}

namespace {

void write_checkpoint(Runner& runner, SaveRequest& request) {
  const std::string path = std::filesystem::absolute(request.path).string();
  if (request.newest) {
    runner.hub().update_info("last_ckpt", path);
    runner.results().saves(path, runner.iter());
  }
  State checkpoint = compose_checkpoint(runner, request);
  CheckpointPoint point{runner, checkpoint, request.path, false};
  runner.hooks().call<&Hook::before_save_checkpoint>(point);
  Ranks& ranks = runner.context().ranks;
  together(ranks, [&] {
    if (!ranks.is_main()) return;
    save_checkpoint_file(request.path.string(), checkpoint);
    if (request.newest) note_latest(runner.work_dir().string(), path);
  });
  if (request.then) request.then();
  for (const auto& replaced : request.replaces) {
    const std::filesystem::path old = std::filesystem::absolute(replaced);
    if (!ranks.is_main() || !is_replaced(old, path)) continue;
    io::remove_file(old.string());
    runner.results().removes(old.string());
  }
  runner.hooks().call<&Hook::after_save_checkpoint>(point);
}

}  // namespace

void write_checkpoints(Runner& runner, std::vector<SaveRequest> requests) {
  for (SaveRequest& request : of_all_ranks(runner.context().ranks, std::move(requests))) {
    const TrainLoop::InStage saving(runner.train_loop(), TrainLoop::Stage::saving);
    const RunResults before = runner.results();
    try {
      write_checkpoint(runner, request);
    } catch (...) {
      runner.results() = before;  // they name no file that is not there
      throw;
    }
  }
}

}  // namespace millrace
