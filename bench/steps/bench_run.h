#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <utility>

#include "bench/steps/hand_loop.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::bench {

/// What trains under the Runner.
class BenchModel final : public BaseModel {
 public:
  explicit BenchModel(std::shared_ptr<Network> net) : net_(register_module("net", std::move(net))) {}
  LossMap loss(Batch& batch) override {
    return {{kLoss, at::cross_entropy_loss(net_->forward(batch.tensor(keys::inputs)), batch.tensor(keys::gt_label))}};
  }
  void predict(Batch&) override {}

 private:
  inline static const Key kLoss{"loss"};
  std::shared_ptr<Network> net_;
};

using Clock = std::chrono::steady_clock;
inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

inline double seconds_of(HandLoop& hand, int64_t steps) {
  const auto begin = Clock::now();
  for (int64_t i = 0; i < steps; ++i) hand.step();
  return seconds_since(begin);
}

/// Cuts a run into blocks of iterations and hands control over between them: `next` is given the seconds that the last
/// block took (0 before the first) and answers how many iterations the next one has. A block is whole iterations of the
/// loop, from batch to batch, with whatever happens between them.
class BlockHook final : public Hook {
 public:
  explicit BlockHook(std::function<int64_t(double)> next) : next_(std::move(next)) {}
  int default_priority() const override { return kHighest; }
  void before_train_iter(TrainIter&) override {
    if (left_-- > 0) return;
    left_ = next_(is_first_ ? 0 : seconds_since(begin_)) - 1;
    is_first_ = false;
    begin_ = Clock::now();
  }

 private:
  std::function<int64_t(double)> next_;
  int64_t left_ = 0;
  bool is_first_ = true;
  Clock::time_point begin_;
};

/// A run with all default hooks over tensors in memory. The loop is the caller's to choose.
inline RunnerOptions run_options(const Settings& settings, std::shared_ptr<Network> net, const at::Tensor& inputs,
                                 const at::Tensor& labels, const std::filesystem::path& work_dir,
                                 std::function<int64_t(double)> next) {
  RunnerOptions options{.model = std::make_shared<BenchModel>(std::move(net))};
  options.work_dir = work_dir.string();
  options.channels_last = settings.channels_last;
  options.precision = settings.bf16 ? Precision::bf16 : Precision::fp32;
  DataLoader::Options loader{.dataset = std::make_shared<TensorDataset>(
                                 TensorDataset::Columns{{keys::inputs, inputs}, {keys::gt_label, labels}})};
  loader.batch_size = settings.batch;
  options.train_dataloader = loader;
  options.optim_wrapper =
      Component<OptimWrapper>(use<OptimWrapper>({.optimizer = use<SGD>({.lr = kRate, .momentum = kMomentum})}));
  options.custom_hooks = {std::make_shared<BlockHook>(std::move(next))};
  return options;
}

}  // namespace millrace::bench
