#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/square.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

/// A model with a train_step of its own that moves two networks, and says nothing of precision, accumulation or
/// clipping.
class TwoNetworks final : public BaseModel {
 public:
  LossMap train_step(Batch& batch, OptimSet& optims) override {
    static const Key kA("a.loss"), kB("b.loss");
    const at::Tensor x = batch.tensor(keys::inputs);
    const at::Tensor first = a_->forward(x);
    dtypes["a"] = first.scalar_type();
    LossMap a{{kA, 1000 * at::square(first).mean()}};
    optims["a"].update(a);
    const at::Tensor second = b_->forward(x);
    dtypes["b"] = second.scalar_type();
    LossMap b{{kB, 1000 * at::square(second).mean()}};
    optims["b"].update(b);
    a.add(b);
    return a;
  }
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch&) override {}
  std::map<std::string, at::ScalarType> dtypes;

 private:
  nn::Linear a_ = register_module("a", nn::Linear(4, 4));
  nn::Linear b_ = register_module("b", nn::Linear(4, 4));
};

/// Counts steps of each optimizer and measures the gradients that they take.
class StepWatcher final : public Hook {
 public:
  void before_optim_step(OptimPoint& point) override {
    std::vector<at::Tensor> norms;
    double sum = 0;
    for (const at::Tensor& grad : point.runner.optims()->operator[](point.name).optimizer().grads()) {
      const double norm = at::linalg_vector_norm(grad).item<double>();
      sum += norm * norm;
    }
    norm_of[point.name] = std::max(norm_of[point.name], std::sqrt(sum));
    ++steps_of[point.name];
  }
  std::map<std::string, double> norm_of;
  std::map<std::string, int> steps_of;
};

struct TwoOptimizersRun {
  explicit TwoOptimizersRun(Precision precision, int64_t accumulate, double max_norm) {
    const auto optimizer = [&] {
      return use<OptimWrapper>({.optimizer = use<SGD>({.lr = 1e-4}),
                                .accumulative_counts = accumulate,
                                .clip_grad = ClipGrad(ClipNorm{.max_norm = max_norm})});
    };
    RunnerOptions options{.model = model};
    options.work_dir = folder.path().string();
    DataLoader::Options loader{
        .dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{keys::inputs, at::ones({64, 4})}})};
    loader.batch_size = 8;
    options.train_dataloader = loader;
    options.train_cfg = use<IterBasedTrainLoop>({.max_iters = 8});
    options.optim_wrapper = {{"a", {optimizer()}}, {"b", {optimizer()}}};
    options.precision = precision;
    options.randomness.seed = 1;
    Runner runner(std::move(options));
    runner.add_hook(watcher);
    runner.train();
  }
  ScratchFolder folder;
  std::shared_ptr<TwoNetworks> model = std::make_shared<TwoNetworks>();
  std::shared_ptr<StepWatcher> watcher = std::make_shared<StepWatcher>();
};

TEST(TwoOptimizers, BothComputeInBf16) {
  EXPECT_THAT(TwoOptimizersRun(Precision::bf16, 1, 1e9).model->dtypes,
              testing::ElementsAre(testing::Pair("a", at::kBFloat16), testing::Pair("b", at::kBFloat16)));
  EXPECT_THAT(TwoOptimizersRun(Precision::fp32, 1, 1e9).model->dtypes,
              testing::ElementsAre(testing::Pair("a", at::kFloat), testing::Pair("b", at::kFloat)));
}

TEST(TwoOptimizers, BothAccumulate) {
  EXPECT_THAT(TwoOptimizersRun(Precision::fp32, 3, 1e9).watcher->steps_of,
              testing::ElementsAre(testing::Pair("a", 3), testing::Pair("b", 3)));  // after 3, 6 and the rest of 2
}

TEST(TwoOptimizers, BothClip) {
  const auto clipped = TwoOptimizersRun(Precision::fp32, 1, 0.5).watcher->norm_of;
  EXPECT_NEAR(clipped.at("a"), 0.5, 1e-4);
  EXPECT_NEAR(clipped.at("b"), 0.5, 1e-4);
  const auto free = TwoOptimizersRun(Precision::fp32, 1, 1e9).watcher->norm_of;
  EXPECT_GT(free.at("a"), 10);
  EXPECT_GT(free.at("b"), 10);
}

}  // namespace
}  // namespace millrace
