#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "millrace/checkpoint/checkpoint_file.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_images.h"
#include "tests/support/small_training.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using nlohmann::json;

const std::string kProgram = build_path("/tests/crashing_millrace");

class CrashResume : public testing::Test {
 protected:
  void SetUp() override { write_small_images(folder_.path() / "data", 160, 40); }

  std::filesystem::path write_config(const std::string& checkpoint, const std::string& more_hooks = "", int epochs = 2,
                                     const std::string& more_lines = "") {
    const std::filesystem::path path = folder_.path() / "config.py";
    std::ofstream(path) << small_training_config(folder_.path() / "data",
                                                 {.checkpoint = checkpoint,
                                                  .custom_hooks = "[dict(type='KillHook')" + more_hooks + "]",
                                                  .epochs = epochs})
                        << more_lines;
    return path;
  }

  ProcessResult train(const std::filesystem::path& config, const std::string& work_dir, const std::string& kill,
                      bool resume, const std::vector<std::string>& words = {}, int signal = SIGKILL) {
    std::vector<std::string> arguments = {kProgram, "train", config.string(), "--work-dir",
                                          (folder_.path() / work_dir).string()};
    arguments.insert(arguments.end(), words.begin(), words.end());
    if (resume) arguments.push_back("--resume");
    std::vector<std::string> environment = {"MILLRACE_KILL_WITH=" + std::to_string(signal)};
    if (!kill.empty()) environment.push_back("MILLRACE_KILL=" + kill);
    return run_process(arguments, environment);
  }

  /// The records of the work dir's newest run folder, without what a clock measured. (A resume of a run that was killed
  /// before its first save begins a new one.)
  std::vector<json> records(const std::string& work_dir) const {
    std::filesystem::path newest;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / work_dir))
      if (entry.is_directory()) newest = std::max(newest, entry.path());
    std::vector<json> records;
    std::ifstream file(newest / "vis_data" / "scalars.json");
    for (std::string line; std::getline(file, line);) {
      json record = json::parse(line);
      for (const char* key : {"time", "data_time", "memory"}) record.erase(key);
      records.push_back(record);
    }
    return records;
  }

  State last(const std::string& work_dir, const std::string& name) const {
    return load_checkpoint_file((folder_.path() / work_dir / name).string());
  }

  /// Kills a run at the instant, resumes it, and compares with the unbroken run in "whole".
  void expect_same_end(const std::filesystem::path& config, const std::string& kill,
                       const std::string& final_checkpoint) {
    SCOPED_TRACE("killed at " + kill);
    const std::string work_dir = "broken_" + kill;
    const ProcessResult killed = train(config, work_dir, kill, false);
    ASSERT_EQ(killed.signal, SIGKILL) << killed.error;
    expect_same_end_of_resume(config, work_dir, final_checkpoint);
  }

  /// Ends a run at the instant by a signal that it answers with a save and exit code 75, resumes it, and compares.
  void expect_same_end_after(int signal, const std::vector<std::string>& words, const std::filesystem::path& config,
                             const std::string& instant, const std::string& final_checkpoint) {
    SCOPED_TRACE("stopped at " + instant);
    const std::string work_dir = "stopped_" + std::to_string(signal) + "_" + instant;
    const ProcessResult stopped = train(config, work_dir, instant, false, words, signal);
    ASSERT_EQ(stopped.exit_code, 75) << stopped.error;
    expect_same_end_of_resume(config, work_dir, final_checkpoint);
  }

  /// Kills at instants drawn with a seed: MILLRACE_KILL_INSTANTS of them (10 is the whole test), else two.
  void expect_same_end_at_any_instant(const std::filesystem::path& config, int64_t iterations,
                                      const std::string& final_checkpoint) {
    const char* count = std::getenv("MILLRACE_KILL_INSTANTS");
    std::mt19937_64 random(16);
    for (int64_t i = 0; i < (count ? std::stoll(count) : 2); ++i) {
      const uint64_t iteration = random() % static_cast<uint64_t>(iterations - 4), delay_us = random() % 3000;
      expect_same_end(config, "before_train_iter:" + std::to_string(iteration) + ":" + std::to_string(delay_us),
                      final_checkpoint);
    }
  }

  void expect_same_end_of_resume(const std::filesystem::path& config, const std::string& work_dir,
                                 const std::string& final_checkpoint) {
    const ProcessResult resumed = train(config, work_dir, "", true);
    ASSERT_EQ(resumed.exit_code, 0) << resumed.error;
    const State whole = last("whole", final_checkpoint), broken = last(work_dir, final_checkpoint);
    EXPECT_TRUE(broken.at("state_dict").equals(whole.at("state_dict"))) << "the weights differ";
    EXPECT_TRUE(broken.at("optimizer").equals(whole.at("optimizer"))) << "the state of the optimizer differs";
    if (const State* schedules = whole.find("param_schedulers")) {
      EXPECT_TRUE(broken.at("param_schedulers").equals(*schedules)) << "the state of the schedules differs";
    }
    if (const State* trained = whole.find("ema_state_dict")) {
      EXPECT_TRUE(broken.at("ema_state_dict").equals(*trained)) << "the trained weights differ";
    }
    EXPECT_EQ(records(work_dir), records("whole"));
  }

  ScratchFolder folder_;
};

TEST_F(CrashResume, SavedByIterationEndsWithTheSameBits) {
  const std::filesystem::path config = write_config("dict(type='CheckpointHook', by_epoch=False, interval=7)");
  ASSERT_EQ(train(config, "whole", "", false).exit_code, 0);
  expect_same_end(config, "after_train_iter:2", "iter_20.pth");             // before the first save
  expect_same_end(config, "before_train_iter:8", "iter_20.pth");            // in an accumulation group
  expect_same_end(config, "before_val_iter:10", "iter_20.pth");             // in a validation
  expect_same_end(config, "before_save_checkpoint:14:400", "iter_20.pth");  // in a save, some hundred microseconds on
  expect_same_end(config, "after_save_checkpoint:14", "iter_20.pth");
  expect_same_end(config, "before_train_iter:17:3000", "iter_20.pth");  // at any instant
}

TEST_F(CrashResume, SavedByEpochEndsWithTheSameBits) {
  const std::filesystem::path config =
      write_config("dict(type='CheckpointHook', interval=1, save_best='accuracy/top1')");
  ASSERT_EQ(train(config, "whole", "", false).exit_code, 0);
  expect_same_end(config, "before_save_checkpoint:10", "epoch_2.pth");  // before anything is saved
  expect_same_end(config, "before_val_iter:10", "epoch_2.pth");         // the validation behind the first epoch
  expect_same_end(config, "after_val_epoch:10", "epoch_2.pth");         // between its end and the best save
  expect_same_end(config, "after_train_iter:15", "epoch_2.pth");
  expect_same_end(config, "before_val_iter:20", "epoch_2.pth");  // the last validation: resumed at the end
}

TEST_F(CrashResume, WithAverageFreezeAndEarlyStoppingEndsWithTheSameBits) {
  const std::filesystem::path config =
      write_config("dict(type='CheckpointHook', by_epoch=False, interval=4)",
                   ", dict(type='EMAHook', ema_type='MomentumAnnealingEMA', momentum=0.01, gamma=4, "
                   "update_buffers=True, begin_iter=3)"
                   ", dict(type='FreezeHook', paths=['backbone'], until_iter=13)"
                   ", dict(type='EarlyStoppingHook', monitor='accuracy/top1', min_delta=1000, patience=2)",
                   4);
  ASSERT_EQ(train(config, "whole", "", false).exit_code, 0);
  expect_same_end(config, "after_train_iter:6", "iter_30.pth");
  expect_same_end(config, "before_val_iter:10", "iter_30.pth");             // while the averages are in the network
  expect_same_end(config, "before_save_checkpoint:12:400", "iter_30.pth");  // in a save
  expect_same_end(config, "before_train_iter:13", "iter_30.pth");           // as the parts thaw
  expect_same_end(config, "after_train_iter:25", "iter_30.pth");            // one validation before the stop
}

const std::string kAveragesFreezeAndStop = R"(
    , dict(type='EMAHook', momentum=0.1, update_buffers=True, begin_iter=3)
    , dict(type='FreezeHook', paths=['backbone'], until_iter=13)
    , dict(type='EarlyStoppingHook', monitor='accuracy/top1', min_delta=1000, patience=2))";
const std::string kPlateauAndAccumulation = R"(
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=0.01, weight_decay=0.05), accumulative_counts=[(0, 1), (9, 3), (22, 2)])
param_scheduler = dict(
    type='ReduceOnPlateauLR', monitor='accuracy/top1', rule='greater', factor=0.5, patience=0, threshold=1000,
    threshold_rule='abs')
)";
const std::string kScheduleFree = R"(
optim_wrapper = dict(
    optimizer=dict(type='AdamWScheduleFree', lr=0.01, warmup_steps=5), accumulative_counts=[(0, 1), (9, 3)])
param_scheduler = []
)";

TEST_F(CrashResume, WithPlateauAndAccumulationByScheduleEndsWithTheSameBits) {
  const std::filesystem::path config = write_config("dict(type='CheckpointHook', by_epoch=False, interval=4)",
                                                    kAveragesFreezeAndStop, 4, kPlateauAndAccumulation);
  ASSERT_EQ(train(config, "whole", "", false).exit_code, 0);
  expect_same_end(config, "before_train_iter:11", "iter_30.pth");  // in a group of the second part
  expect_same_end(config, "after_val_epoch:20", "iter_30.pth");    // as the lr falls
  expect_same_end_at_any_instant(config, 30, "iter_30.pth");
}

TEST_F(CrashResume, WithScheduleFreeEndsWithTheSameBits) {
  const std::filesystem::path config =
      write_config("dict(type='CheckpointHook', by_epoch=False, interval=4)", "", 2, kScheduleFree);
  ASSERT_EQ(train(config, "whole", "", false).exit_code, 0);
  expect_same_end(config, "before_val_iter:10", "iter_20.pth");  // while the average is in the network
  expect_same_end(config, "after_train_iter:13", "iter_20.pth");
  expect_same_end_at_any_instant(config, 20, "iter_20.pth");
}

TEST_F(CrashResume, StoppedByMaxTimeOrPreemptOnEndsWithTheSameBits) {
  const std::filesystem::path config = write_config("dict(type='CheckpointHook', by_epoch=False, interval=4)",
                                                    kAveragesFreezeAndStop, 4, kPlateauAndAccumulation);
  ASSERT_EQ(train(config, "whole", "", false).exit_code, 0);
  // The alarm is what ends the time; it comes before.
  expect_same_end_after(SIGALRM, {"--max-time", "3:50:00"}, config, "after_train_iter:10", "iter_30.pth");
  expect_same_end_after(SIGUSR1, {"--preempt-on", "USR1"}, config, "before_train_iter:17", "iter_30.pth");
}

}  // namespace
}  // namespace millrace
