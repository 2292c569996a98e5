#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/io/file.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

State through_memory(const State& checkpoint) {
  return load_checkpoint_file(*io::open_memory("memory", checkpoint_content(checkpoint)));
}

TEST(Embedding, ACancelReturnsWithinOneStep) {
  const ScratchFolder folder;
  HostedRun run(folder.path());
  run.net->on_step = [&](int64_t step) {
    if (step == 9) run.control.stop();
  };
  std::thread worker([&] { run.runner->train(); });
  worker.join();
  EXPECT_EQ(run.net->steps, 9) << "the running step is the last one";
  EXPECT_EQ(run.runner->iter(), 9);
  EXPECT_EQ(run.control.stop_reason(), RunControl::kCancel);
}

TEST(Embedding, ARunGoesOnFromACheckpointInMemoryAsIfItHadNeverStopped) {
  const ScratchFolder folder;
  HostedRun whole(folder.path() / "whole");
  whole.runner->train();

  HostedRun first(folder.path() / "first");
  first.net->on_step = [&](int64_t step) {
    if (step == 9) first.control.stop();
  };
  first.runner->train();
  const State checkpoint = through_memory(first.runner->checkpoint());
  EXPECT_EQ(checkpoint.at("meta").at("iter").integer(), 9);

  HostedRun second(folder.path() / "second");
  second.runner->resume(checkpoint);
  second.runner->train();
  EXPECT_EQ(second.runner->iter(), 24);
  EXPECT_EQ(second.runner->resumed_from(), "memory");
  EXPECT_TRUE(second.weights().equals(whole.weights()));
  EXPECT_FALSE(second.weights().equals(first.weights()));
}

TEST(Embedding, ACheckpointWithACountBelowZeroIsRefused) {
  const ScratchFolder folder;
  HostedRun first(folder.path() / "first", 1);
  first.runner->train();
  const State whole = through_memory(first.runner->checkpoint());
  const auto resume = [&](const State& checkpoint) {
    HostedRun run(folder.path() / "second");
    run.runner->resume(checkpoint);
    run.runner->train();
  };
  for (const std::string key : {"epoch", "iter", "batch_in_epoch", "pass", "samples_seen"}) {
    State broken = whole;
    (*broken.find("millrace")->find("progress"))[key] = int64_t{-1};
    EXPECT_THAT([&] { resume(broken); },
                testing::ThrowsMessage<Error>("memory: progress." + key + " must be at least 0, got -1"));
  }
  for (const std::string key : {"epoch", "iter"}) {  // as MMEngine notes them
    State broken = whole;
    broken.erase("millrace");
    (*broken.find("meta"))[key] = int64_t{-7};
    EXPECT_THAT([&] { resume(broken); },
                testing::ThrowsMessage<Error>("memory: meta." + key + " must be at least 0, got -7"));
  }
}

TEST(Embedding, OneRunBehindAnotherHasTheBitsOfItsOwn) {
  const ScratchFolder folder;
  HostedRun first(folder.path());
  first.runner->train();
  HostedRun second(folder.path());
  second.runner->train();
  EXPECT_TRUE(first.weights().equals(second.weights()));
}

TEST(Embedding, WritesNoCheckpointFilesWhereTheHookIsTakenOut) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 1);
  run.runner->train();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
    EXPECT_NE(entry.path().extension(), ".pth") << entry.path();
}

TEST(Embedding, KnowsTheHooksThatCanBeTakenOut) {
  DefaultHooks hooks;
  EXPECT_THAT([&] { hooks.remove("chekpoint"); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("did you mean 'checkpoint'?")));
}

TEST(Embedding, HasNoCheckpointBeforeATraining) {
  const ScratchFolder folder;
  HostedRun run(folder.path());
  EXPECT_THAT([&] { run.runner->checkpoint(); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("before a training")));
  EXPECT_THAT(
      [&] {
        run.runner->resume(State::dict({{"state_dict", State::dict()}}));
      },
      testing::ThrowsMessage<Error>(testing::HasSubstr("holds only weights")));
}

}  // namespace
}  // namespace millrace
