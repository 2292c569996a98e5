#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/base/run_control.h"
#include "millrace/config/config.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "tests/support/scratch_folder.h"

namespace millrace {

/// A run of stand-ins from a config: 6 items in batches of 2, a validation of 4, SGD with lr 0.5. The weight is 1 at
/// first, and 0.25, -1.5 and -4.25 after the three iterations of the first epoch.
class StandInRun {
 public:
  /// `hooks` is the value of custom_hooks, `more` further lines of the config.
  explicit StandInRun(const std::string& hooks = "[]", const std::string& more = "") {
    const Config config = Config::from_string(
        "model = dict(type='StandInModel')\n"
        "train_dataloader = dict(batch_size=2, dataset=dict(type='StandInDataset', length=6), "
        "sampler=dict(type='DefaultSampler', shuffle=False))\n"
        "val_dataloader = dict(batch_size=2, dataset=dict(type='StandInDataset', length=4))\n"
        "val_cfg = dict()\n"
        "val_evaluator = dict(type='StandInMetric')\n"
        "train_cfg = dict(by_epoch=True, max_epochs=1)\n"
        "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5))\n"
        "randomness = dict(seed=3)\n"
        "custom_hooks = " +
            hooks + "\n" + more,
        Config::Format::python, "stand_in.py");
    RunSurroundings surroundings;
    surroundings.control = &control;
    RunnerOptions options = bind_run_config(config, surroundings);
    options.work_dir = folder.path().string();
    runner.emplace(std::move(options), std::move(surroundings));
    runner->logger().to_callback([this](LogLevel, std::string_view message) { messages.emplace_back(message); },
                                 LogLevel::info);
  }
  double weight() const { return weight_of(*runner); }
  static double weight_of(Runner& runner) {
    return runner.model().modules().params.front().tensor.detach().item<double>();
  }

  ScratchFolder folder;
  RunControl control;
  std::vector<std::string> messages;  // at level INFO and above
  mutable std::optional<Runner> runner;
};

}  // namespace millrace
