#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/hub/message_hub.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

/// Writes down, after each iteration, what the timer has published.
class TimeWitness final : public Hook {
 public:
  int default_priority() const override { return kVeryLow; }
  void after_train_iter(TrainIter& point) override {
    MessageHub& hub = point.runner.hub();
    times.push_back(hub.history("train/time").current().value);
    data_times.push_back(hub.history("train/data_time").current().value);
    etas.push_back(hub.find_info("eta")->number());
  }
  std::vector<double> times, data_times, etas;
};

TEST(IterTimerHook, PublishesTheTimeOfEachIterationAndTheShareOfItsData) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 2);
  const auto witness = std::make_shared<TimeWitness>();
  run.runner->add_hook(witness);
  run.runner->train();
  ASSERT_EQ(witness->times.size(), 12u);
  for (size_t i = 0; i < witness->times.size(); ++i) {
    EXPECT_GT(witness->data_times[i], 0) << i;
    EXPECT_LT(witness->data_times[i], witness->times[i]) << i;
  }
}

TEST(IterTimerHook, EstimatesTheRestByTheMeanSoFar) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 2);
  const auto witness = std::make_shared<TimeWitness>();
  run.runner->add_hook(witness);
  run.runner->train();
  double sum = 0;
  for (size_t i = 0; i < witness->times.size(); ++i) {
    sum += witness->times[i];
    EXPECT_DOUBLE_EQ(witness->etas[i], sum / static_cast<double>(i + 1) * static_cast<double>(11 - i)) << i;
  }
}

}  // namespace
}  // namespace millrace
