#include "millrace/runner/train_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Trains on 60 samples.
void train_changed(const std::function<void(RunnerOptions&)>& change) {
  const ScratchFolder folder;
  HostedRun(folder.path(), 1, change).runner->train();
}

TEST(TrainLoop, RefusesDataWithoutABatch) {
  const auto too_large_batches = [](RunnerOptions& options) {
    options.train_dataloader->batch_size = 100'000;
    options.train_dataloader->drop_last = true;
  };
  const auto by_iteration = [&](RunnerOptions& options) {
    too_large_batches(options);
    options.train_cfg = use<IterBasedTrainLoop>({.max_iters = 3});
  };
  EXPECT_THAT([&] { train_changed(too_large_batches); },
              ThrowsMessage<Error>(HasSubstr("the training data give no batch")));
  EXPECT_THAT([&] { train_changed(by_iteration); }, ThrowsMessage<Error>(HasSubstr("the training data give no batch")));
}

TEST(TrainLoop, RefusesIntervalsOfValidationsThatCannotBe) {
  const auto with_intervals = [](std::vector<std::pair<int64_t, int64_t>> intervals, bool by_epoch) {
    train_changed([&](RunnerOptions& options) {
      if (by_epoch)
        options.train_cfg =
            use<EpochBasedTrainLoop>({.max_epochs = 2, .validation = {.dynamic_intervals = std::move(intervals)}});
      else
        options.train_cfg =
            use<IterBasedTrainLoop>({.max_iters = 2, .validation = {.dynamic_intervals = std::move(intervals)}});
    });
  };
  for (const bool by_epoch : {true, false}) {
    EXPECT_THAT(
        [&] {
          with_intervals({{2, 1}, {3, 0}}, by_epoch);
        },
        ThrowsMessage<Error>(HasSubstr("dynamic_intervals: the interval must be at least 1, got (3, 0)")));
    EXPECT_THAT(
        [&] {
          with_intervals({{-1, 2}}, by_epoch);
        },
        ThrowsMessage<Error>(HasSubstr("dynamic_intervals: the milestone must be at least 0, got (-1, 2)")));
    EXPECT_NO_THROW(with_intervals({{0, 1}}, by_epoch));
  }
}

}  // namespace
}  // namespace millrace
