#pragma once

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randn.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "millrace/base/run_control.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/model/weights.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/adam.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"

namespace millrace {

/// A network with dropout, whose steps may be counted and interrupted.
class StepNet final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    if (on_step) on_step(++steps);
    const at::Tensor scores = last_(drop_(first_(batch.tensor(keys::inputs))));
    return {{"loss"_key, at::cross_entropy_loss(scores, batch.tensor("gt_label"_key))}};
  }
  void predict(Batch& batch) override { batch.set("pred_score"_key, Dense{last_(first_(batch.tensor(keys::inputs)))}); }

  std::function<void(int64_t)> on_step;
  int64_t steps = 0;

 private:
  nn::Linear first_ = register_module("first", nn::Linear(4, 8));
  nn::Dropout drop_ = register_module("drop", nn::Dropout(0.5));
  nn::Linear last_ = register_module("last", nn::Linear(8, 2));
};

/// What a host does with a Runner: instances, no terminal, no checkpoint files.
class HostedRun {
 public:
  /// `change` may set what the run is made with.
  explicit HostedRun(const std::filesystem::path& folder, int64_t epochs = 4,
                     const std::function<void(RunnerOptions&)>& change = {}) {
    seed_generators(1);
    net = std::make_shared<StepNet>();
    const at::Tensor points = at::randn({60, 4});
    RunnerOptions options{.model = net, .work_dir = folder.string()};
    options.train_dataloader = {.dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{
                                    {keys::inputs, points}, {Key("gt_label"), points.sum(1).gt(0).to(at::kLong)}}),
                                .batch_size = 10,
                                .num_workers = 2};
    options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = epochs});
    options.optim_wrapper = use<OptimWrapper>({.optimizer = use<Adam>({.lr = 0.01})});
    options.default_hooks.remove("checkpoint");
    options.randomness.seed = 5;
    if (change) change(options);
    RunSurroundings surroundings;
    surroundings.control = &control;
    runner.emplace(std::move(options), std::move(surroundings));
  }
  State weights() const { return state_dict(net->modules()).snapshot(); }

  std::shared_ptr<StepNet> net;
  RunControl control;
  std::optional<Runner> runner;
};

}  // namespace millrace
