#include "millrace/runner/finite_watch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/data/tensor_dataset.h"
#include "millrace/io/file.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::Not;

/// Its loss is nan in one iteration, and leaves the weights alone if it may not reach them.
class Derailed final : public BaseModel {
 public:
  Derailed(int64_t when, bool reaches) : when_(when), reaches_(reaches) {}
  LossMap loss(Batch& batch) override {
    at::Tensor loss = fc->forward(batch.tensor(keys::inputs)).square().mean();
    if (++step_ != when_) return {{"loss"_key, loss}};
    if (reaches_) return {{"loss"_key, loss * std::nan("")}};
    return {{"loss_a"_key, loss}, {"loss_b"_key, at::ones({}) * std::nan("")}};
  }
  void predict(Batch&) override {}
  nn::Linear fc = register_module("fc", nn::Linear(4, 2));

 private:
  int64_t when_, step_ = 0;
  bool reaches_;
};

struct Derailment {
  RunSummary summary;
  std::string log;
};

/// 30 iterations, of which the log shows every tenth.
Derailment derailed(int64_t when, bool reaches) {
  const ScratchFolder folder;
  RunnerOptions options{.model = std::make_shared<Derailed>(when, reaches), .work_dir = folder.path().string()};
  options.train_dataloader = {
      .dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{keys::inputs, at::ones({30, 4})}})};
  options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 1});
  options.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.01})});
  options.default_hooks.remove("checkpoint");
  options.randomness.seed = 5;
  Runner runner(std::move(options));
  Derailment result{.summary = runner.train()};
  result.log = io::read_file(runner.run_folder().log_file().string());
  return result;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(FiniteWatch, WarnsOnceOfTheFirstLossThatIsNotFinite) {
  for (const int64_t when : {1, 10, 13, 30}) {
    const Derailment run = derailed(when, /*reaches=*/true);
    ASSERT_TRUE(run.summary.not_finite);
    EXPECT_EQ(run.summary.not_finite->text(), "the loss of iteration " + std::to_string(when) + " is nan");
    EXPECT_EQ(count(run.log, "WARNING - the loss of iteration"), 1u) << run.log;
    EXPECT_EQ(run.summary.broken_weight, "fc.weight");
    EXPECT_EQ(count(run.log, "the first such tensor is fc.weight"), 1u);
  }
}

TEST(FiniteWatch, LeavesTheResultGoodWhereTheWeightsAre) {
  const Derailment run = derailed(13, /*reaches=*/false);
  ASSERT_TRUE(run.summary.not_finite);
  EXPECT_EQ(run.summary.not_finite->iter, 13);
  EXPECT_EQ(run.summary.broken_weight, "");
}

TEST(FiniteWatch, FindsNothingInAHealthyRun) {
  const Derailment run = derailed(-1, true);
  EXPECT_FALSE(run.summary.not_finite);
  EXPECT_EQ(run.summary.broken_weight, "");
  EXPECT_THAT(run.log, Not(HasSubstr("finite")));
}

TEST(FiniteWatch, KnowsWhatItFoundAfterAResume) {
  FiniteWatch before, after;
  after.load_state_dict(before.state_dict());
  EXPECT_FALSE(after.first());
  after.load_state_dict(State::dict({{"name", "grad_norm"}, {"value", -INFINITY}, {"iter", 7}}));
  EXPECT_EQ(after.first()->text(), "the grad_norm of iteration 7 is -inf");
}

}  // namespace
}  // namespace millrace
