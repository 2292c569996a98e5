#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hosted_run.h"
#include "tests/support/ranked_runs.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

/// The loader that the run would make of the options; 5 is the run's seed.
void with_a_loader_that_is_there(RunnerOptions& options) {
  options.train_dataloader =
      std::make_shared<DataLoader>(*options.train_dataloader.options(), LoaderContext{.seed = 5});
}

TEST(LoaderInstance, TrainsAsTheOptionsItWasMadeOfDo) {
  const ScratchFolder folder;
  HostedRun by_options(folder.path() / "options");
  by_options.runner->train();
  HostedRun by_instance(folder.path() / "instance", 4, with_a_loader_that_is_there);
  by_instance.runner->train();
  EXPECT_EQ(by_instance.runner->iter(), 24);
  EXPECT_TRUE(by_instance.weights().equals(by_options.weights()));
}

TEST(LoaderInstance, GoesOnWhereARunWasStopped) {
  const ScratchFolder folder;
  HostedRun whole(folder.path() / "whole", 4, with_a_loader_that_is_there);
  whole.runner->train();
  HostedRun first(folder.path() / "first", 4, with_a_loader_that_is_there);
  first.net->on_step = [&](int64_t step) {
    if (step == 9) first.control.stop();
  };
  first.runner->train();
  const State checkpoint = first.runner->checkpoint().snapshot();  // with the random numbers as they are here
  HostedRun second(folder.path() / "second", 4, with_a_loader_that_is_there);
  second.runner->resume(checkpoint);
  second.runner->train();
  EXPECT_TRUE(second.weights().equals(whole.weights()));
}

TEST(LoaderInstance, SetsTheBatchSizeThatScalesTheLr) {
  const ScratchFolder folder;
  const auto weights = [&](const char* name, bool with_instance) {
    HostedRun run(folder.path() / name, 1, [&](RunnerOptions& options) {
      options.auto_scale_lr = {.enable = true, .base_batch_size = 40};
      if (with_instance) with_a_loader_that_is_there(options);
    });
    run.runner->train();
    return run.weights();
  };
  EXPECT_TRUE(weights("options", false).equals(weights("instance", true)));
}

TEST(LoaderInstance, IsNotThatOfTheTrainingAndOfAValidation) {
  const ScratchFolder folder;
  EXPECT_THAT(
      [&] {
        HostedRun(folder.path(), 1, [](RunnerOptions& options) {
          with_a_loader_that_is_there(options);
          options.test_dataloader = options.train_dataloader;
          options.test_cfg = use<TestLoop>();
          options.test_evaluator = {std::make_shared<RowsMetric>()};
        });
      },
      ThrowsMessage<Error>("train_dataloader is a loader that validates or tests, too: it would lose its place in the "
                           "training\n  give each a DataLoader of its own"));
}

}  // namespace
}  // namespace millrace
