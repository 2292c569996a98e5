#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

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

  std::filesystem::path write_config(const std::string& checkpoint, const std::string& more_hooks = "",
                                     int epochs = 2) {
    const std::filesystem::path path = folder_.path() / "config.py";
    std::ofstream(path) << small_training_config(
        folder_.path() / "data",
        {.checkpoint = checkpoint, .custom_hooks = "[dict(type='KillHook')" + more_hooks + "]", .epochs = epochs});
    return path;
  }

  ProcessResult train(const std::filesystem::path& config, const std::string& work_dir, const std::string& kill,
                      bool resume) {
    std::vector<std::string> arguments = {kProgram, "train", config.string(), "--work-dir",
                                          (folder_.path() / work_dir).string()};
    if (resume) arguments.push_back("--resume");
    std::vector<std::string> environment;
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
    const ProcessResult resumed = train(config, work_dir, "", true);
    ASSERT_EQ(resumed.exit_code, 0) << resumed.error;
    const State whole = last("whole", final_checkpoint), broken = last(work_dir, final_checkpoint);
    EXPECT_TRUE(broken.at("state_dict").equals(whole.at("state_dict"))) << "the weights differ";
    EXPECT_TRUE(broken.at("optimizer").equals(whole.at("optimizer"))) << "the state of the optimizer differs";
    if (const State* trained = whole.find("ema_state_dict"))
      EXPECT_TRUE(broken.at("ema_state_dict").equals(*trained)) << "the trained weights differ";
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

}  // namespace
}  // namespace millrace
