#include "millrace/hooks/sync_buffers_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "millrace/model/weights.h"
#include "tests/support/ranked_runs.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

/// The batch norm sees the points of its own rank.
class NormedLine final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    return {{kLineLoss, at::mse_loss(norm_(batch.tensor(keys::inputs)), batch.tensor(kLineTruth))}};
  }
  void predict(Batch& batch) override { batch.set(kLinePrediction, Dense{norm_(batch.tensor(keys::inputs))}); }

 private:
  nn::BatchNorm1d norm_ = register_module("norm", nn::BatchNorm1d(1));
};

/// The running mean of each of two ranks at the end of one epoch.
std::array<double, 2> running_means(bool synced) {
  const ScratchFolder folder;
  std::array<double, 2> means{};
  run_ranks(
      2,
      [&](int) {
        RunnerOptions options = line_options(folder.path(), 1);
        options.model = std::make_shared<NormedLine>();
        if (synced) options.custom_hooks.emplace_back(std::make_shared<SyncBuffersHook>());
        return options;
      },
      [&](Runner& runner, int rank) {
        runner.train();
        means[static_cast<size_t>(rank)] =
            state_dict(runner.model().modules()).at("norm.running_mean").tensor().item<double>();
      });
  return means;
}

TEST(SyncBuffersHook, GivesAllRanksTheMeanOfTheirStatistics) {
  const auto own = running_means(false), synced = running_means(true);
  ASSERT_NE(own[0], own[1]);
  EXPECT_EQ(synced[0], synced[1]);
  EXPECT_NEAR(synced[0], (own[0] + own[1]) / 2, 1e-7);
}

}  // namespace
}  // namespace millrace
