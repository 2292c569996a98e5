#include "millrace/runner/save.h"

#include <fmt/format.h>

#include <map>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/data/data_loader.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/model/weights.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/loop.h"
#include "millrace/runner/runner.h"
#include "millrace/tensor/process.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

State hook_states(const HookList& hooks) {
  State states = State::dict();
  std::map<std::string, int> seen;
  for (const auto& hook : hooks.all()) {
    const int number = ++seen[hook->name()];
    State state = hook->state_dict();
    if (state.is_none()) continue;
    states[number == 1 ? hook->name() : fmt::format("{}#{}", hook->name(), number)] = std::move(state);
  }
  return states;
}

State compose_checkpoint(Runner& runner, const SaveRequest& request) {
  const Progress& progress = runner.train_loop().progress();
  State checkpoint = State::dict();

  State meta = State::dict({{"epoch", progress.epoch},
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
  checkpoint["message_hub"] = runner.hub().state_dict();
  if (request.optimizer) checkpoint["optimizer"] = runner.optims()->state_dict();
  if (request.param_schedulers && !runner.schedulers()->empty())
    checkpoint["param_schedulers"] = runner.schedulers()->state_dict();

  Progress saved = progress;
  saved.train_seconds = runner.train_seconds();
  checkpoint["millrace"] = State::dict({{"version", MILLRACE_VERSION},
                                        {"progress", saved.state_dict()},
                                        {"rng_state", generator_state()},
                                        {"hooks", hook_states(runner.hooks())},
                                        {"data", runner.loader(Mode::train).state()},
                                        {"run_folder", runner.run_folder().name()},
                                        {"vis_positions", runner.visualizer().positions()},
                                        {"threads", static_cast<int64_t>(operator_threads())},
                                        {"instruction_set", instruction_set()},
                                        {"precision", precision_name(runner.precision())}});
  return checkpoint;
}

State Runner::checkpoint() {
  if (!optims_) throw Error("there is nothing to go on from before a training");
  SaveRequest request;
  State checkpoint = compose_checkpoint(*this, request);
  CheckpointPoint point{*this, checkpoint, request.path, false};
  MILLRACE_CALL_HOOKS(hooks_, before_save_checkpoint, point);
  return checkpoint;
}

void write_checkpoints(Runner& runner, std::vector<SaveRequest> requests) {
  for (SaveRequest& request : requests) {
    const std::string path = std::filesystem::absolute(request.path).string();
    if (request.newest) runner.hub().update_info("last_ckpt", path);
    State checkpoint = compose_checkpoint(runner, request);
    CheckpointPoint point{runner, checkpoint, request.path, false};
    MILLRACE_CALL_HOOKS(runner.hooks(), before_save_checkpoint, point);
    save_checkpoint_file(request.path.string(), checkpoint);
    if (request.newest) note_latest(runner.work_dir().string(), path);
    if (request.then) request.then();
    MILLRACE_CALL_HOOKS(runner.hooks(), after_save_checkpoint, point);
  }
}

}  // namespace millrace
