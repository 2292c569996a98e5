#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/mse_loss.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/run_control.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/dist/thread_ranks.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"

namespace millrace {

inline const Key kLineTruth("truth"), kLineLoss("loss"), kLinePrediction("prediction");

/// A line through points: no random number is drawn.
class LineNet final : public BaseModel {
 public:
  LineNet() {
    const at::NoGradGuard no_grad;
    line_->weight.fill_(0.5);
    line_->bias.fill_(0.25);
  }
  void init_weights() override {}
  LossMap loss(Batch& batch) override {
    return {{kLineLoss, at::mse_loss(line_(batch.tensor(keys::inputs)), batch.tensor(kLineTruth))}};
  }
  void predict(Batch& batch) override { batch.set(kLinePrediction, Dense{line_(batch.tensor(keys::inputs))}); }

 private:
  nn::Linear line_ = register_module("line", nn::Linear(1, 1));
};

/// Which rows were seen, gathered, and the sum of squared errors.
class RowsMetric final : public Metric {
 public:
  RowsMetric() : Metric("") {}
  void process(const Batch& batch) override {
    rows_.insert(rows_.end(), batch.positions().begin(), batch.positions().end());
    error_ += (batch.tensor(kLinePrediction) - batch.tensor(kLineTruth)).square().sum().item<double>();
  }
  State partial() const override {
    State rows = State::list();
    for (int64_t row : rows_) rows.push_back(row);
    return State::tuple({rows, error_});
  }
  void absorb(const State& partial) override {
    for (const State& row : partial.items()[0].items()) rows_.push_back(row.integer());
    error_ += partial.items()[1].number();
  }
  MetricMap compute() override {
    std::sort(rows_.begin(), rows_.end());
    State rows = State::list();
    for (int64_t row : rows_) rows.push_back(row);
    return {{"error", error_}, {"rows", rows}};
  }
  void reset() override { rows_.clear(), error_ = 0; }

 private:
  std::vector<int64_t> rows_;
  double error_ = 0;
};

class CallHook final : public Hook {
 public:
  explicit CallHook(std::function<void(TrainIter&)> call) : call_(std::move(call)) {}
  void after_train_iter(TrainIter& point) override { call_(point); }

 private:
  std::function<void(TrainIter&)> call_;
};

inline DataLoader::Options points(int64_t rows, bool round_up = true) {
  const at::Tensor x = at::arange(rows).to(at::kFloat).view({rows, 1}) / 8;
  return {
      .dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{keys::inputs, x}, {kLineTruth, x.square()}}),
      .batch_size = 2,
      .sampler = use<DefaultSampler>({.shuffle = false, .round_up = round_up})};
}

/// Trains by epochs over 12 points and validates on 7.
inline RunnerOptions line_options(const std::filesystem::path& folder, int64_t epochs = 2) {
  RunnerOptions options{.model = std::make_shared<LineNet>(), .work_dir = folder.string()};
  options.train_dataloader = points(12);
  options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = epochs});
  options.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.05})});
  options.val_dataloader = points(7);
  options.val_cfg = use<ValLoop>({});
  options.val_evaluator = {Component<Metric>(std::make_shared<RowsMetric>())};
  options.randomness.seed = 5;
  return options;
}

/// Runs `body` on each rank with a Runner of `options`.
inline void run_ranks(int size, const std::function<RunnerOptions(int rank)>& options,
                      const std::function<void(Runner& runner, int rank)>& body,
                      const std::function<RunControl*(int rank)>& control = {}) {
  run_in_threads(size, [&](Ranks& ranks) {
    RunSurroundings surroundings;
    surroundings.ranks = &ranks;
    if (control) surroundings.control = control(ranks.rank());
    Runner runner(options(ranks.rank()), std::move(surroundings));
    body(runner, ranks.rank());
  });
}

inline std::vector<std::string> names_in(const std::filesystem::path& folder, const std::string& extension) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == extension && entry.is_directory() == extension.empty())
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace millrace
