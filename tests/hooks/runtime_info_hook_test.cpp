#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/eval/metric.h"
#include "millrace/hub/message_hub.h"
#include "millrace/runner/eval_loop.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;

/// Figures of every kind that a metric may give.
class FiguresOfEveryKind final : public Metric {
 public:
  FiguresOfEveryKind() : Metric("of") {}
  void process(const Batch&) override {}
  State partial() const override { return {}; }
  void absorb(const State&) override {}
  MetricMap compute() override {
    MetricMap metrics;
    metrics.add("number", 0.5);
    metrics.add("integer", int64_t{7});
    metrics.add("list", State::list({1.0, 2.0}));
    return metrics;
  }
  void reset() override {}
};

/// The stages that hooks see, and the counts at the beginning of each iteration.
class StageWitness final : public Hook {
 public:
  void before_train_iter(TrainIter& point) override { note(point.runner); }
  void before_val_iter(EvalIter& point) override { note(point.runner); }
  void after_train_epoch(RunPoint& point) override { note(point.runner); }
  std::vector<std::string> seen;

 private:
  void note(Runner& runner) {
    MessageHub& hub = runner.hub();
    seen.push_back(hub.find_info("loop_stage")->string() + " " + std::to_string(hub.find_info("epoch")->integer()) +
                   " " + std::to_string(hub.find_info("iter")->integer()));
  }
};

class RuntimeInfoHookTest : public testing::Test {
 protected:
  RuntimeInfoHookTest()
      : run_(folder_.path(), 2, [](RunnerOptions& options) {
          options.experiment_name = "a_test";
          options.train_dataloader->batch_size = 30;
          options.val_dataloader = options.train_dataloader;
          options.val_cfg = use<ValLoop>();
          options.val_evaluator = {std::make_shared<FiguresOfEveryKind>()};
        }) {}

  MessageHub& hub() { return run_.runner->hub(); }

  ScratchFolder folder_;
  HostedRun run_;
};

TEST_F(RuntimeInfoHookTest, SaysInWhichStageTheRunIsAndWhere) {
  const auto witness = std::make_shared<StageWitness>();
  run_.runner->add_hook(witness);
  run_.runner->train();
  EXPECT_THAT(witness->seen, ElementsAre("train 0 0", "train 0 1", "train 0 1", "val 0 1", "val 0 1", "train 1 2",
                                         "train 1 3", "train 1 3", "val 1 3", "val 1 3"));
  EXPECT_EQ(hub().find_info("loop_stage"), nullptr) << "the training is over";
}

TEST_F(RuntimeInfoHookTest, PublishesWhatARunIsMadeOf) {
  run_.runner->train();
  EXPECT_EQ(hub().find_info("seed")->integer(), 5);
  EXPECT_THAT(hub().find_info("experiment_name")->string(), testing::StartsWith("a_test_20")) << "and the time";
  EXPECT_EQ(hub().find_info("max_epochs")->integer(), 2);
  EXPECT_EQ(hub().find_info("max_iters")->integer(), 4);
}

TEST_F(RuntimeInfoHookTest, PublishesEachLossAndTheRateOfEachIteration) {
  run_.runner->train();
  EXPECT_EQ(hub().history("train/loss").size(), 4);
  EXPECT_THAT(hub().history("train/lr").values(), ElementsAre(0.01, 0.01, 0.01, 0.01));
}

TEST_F(RuntimeInfoHookTest, PublishesNumbersAsScalarsAndOtherFiguresAsInformation) {
  run_.runner->train();
  EXPECT_THAT(hub().history("val/of/number").values(), ElementsAre(0.5, 0.5));
  EXPECT_THAT(hub().history("val/of/integer").values(), ElementsAre(7, 7));
  EXPECT_TRUE(hub().history("val/of/integer").is_integer());
  EXPECT_FALSE(hub().find_scalar("val/of/list"));
  EXPECT_TRUE(hub().find_info("val/of/list")->equals(State::list({1.0, 2.0})));
}

}  // namespace
}  // namespace millrace
