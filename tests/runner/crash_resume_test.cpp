#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/checkpoint/checkpoint_file.h"
#include "tests/support/small_images.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using nlohmann::json;

const std::string kProgram = std::string(MILLRACE_BINARY_DIR) + "/tests/crashing_millrace";

/// A training with everything that has a state: augmentation, dropout, accumulation over 3, two workers, AdamW with warm-up
/// and cosine. 20 iterations in two epochs; what saves is given.
std::string config_text(const std::filesystem::path& data, const std::string& checkpoint) {
  return "default_scope = 'mmpretrain'\n"
         "model = dict(type='ImageClassifier', data_preprocessor=dict(type='ClsDataPreprocessor', mean=[70.0], std=[80.0]),\n"
         "    backbone=dict(type='LeNet', widths=[4, 8], hidden=16, dropout=0.3),\n"
         "    head=dict(type='LinearClsHead', num_classes=10, in_channels=16, loss=dict(type='CrossEntropyLoss')))\n"
         "data_root = '" + data.string() + "'\n"
         "train_dataloader = dict(batch_size=16, num_workers=2, prefetch_factor=2, sampler=dict(type='DefaultSampler', shuffle=True),\n"
         "    dataset=dict(type='FashionMNIST', data_root=data_root, split='train', pipeline=[\n"
         "        dict(type='RandomCrop', crop_size=28, padding=2), dict(type='RandomFlip', prob=0.5), dict(type='PackInputs')]))\n"
         "val_dataloader = dict(batch_size=20, num_workers=2, sampler=dict(type='DefaultSampler', shuffle=False),\n"
         "    dataset=dict(type='FashionMNIST', data_root=data_root, split='test', pipeline=[dict(type='PackInputs')]))\n"
         "val_evaluator = dict(type='Accuracy')\n"
         "train_cfg = dict(by_epoch=True, max_epochs=2)\n"
         "val_cfg = dict()\n"
         "optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.01, weight_decay=0.05), accumulative_counts=3, clip_grad=dict(max_norm=1.0))\n"
         "param_scheduler = [dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=6),\n"
         "    dict(type='CosineAnnealingLR', by_epoch=False, begin=6, end=20, T_max=14)]\n"
         "custom_hooks = [dict(type='KillHook')]\n"
         "randomness = dict(seed=3)\n"
         "default_hooks = dict(logger=dict(interval=3), checkpoint=" + checkpoint + ")\n";
}

class CrashResume : public testing::Test {
 protected:
  void SetUp() override {
    write_small_images(folder_.path() / "data", 160, 40);
  }

  std::filesystem::path write_config(const std::string& checkpoint) {
    const std::filesystem::path path = folder_.path() / "config.py";
    std::ofstream(path) << config_text(folder_.path() / "data", checkpoint);
    return path;
  }

  ProcessResult train(const std::filesystem::path& config, const std::string& work_dir, const std::string& kill, bool resume) {
    std::vector<std::string> arguments = {kProgram, "train", config.string(), "--work-dir", (folder_.path() / work_dir).string()};
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
  void expect_same_end(const std::filesystem::path& config, const std::string& kill, const std::string& final_checkpoint) {
    SCOPED_TRACE("killed at " + kill);
    const std::string work_dir = "broken_" + kill;
    const ProcessResult killed = train(config, work_dir, kill, false);
    ASSERT_EQ(killed.signal, SIGKILL) << killed.error;
    const ProcessResult resumed = train(config, work_dir, "", true);
    ASSERT_EQ(resumed.exit_code, 0) << resumed.error;
    const State whole = last("whole", final_checkpoint), broken = last(work_dir, final_checkpoint);
    EXPECT_TRUE(broken.at("state_dict").equals(whole.at("state_dict"))) << "the weights differ";
    EXPECT_TRUE(broken.at("optimizer").equals(whole.at("optimizer"))) << "the state of the optimizer differs";
    EXPECT_EQ(records(work_dir), records("whole"));
  }

  TemporaryFolder folder_;
};

TEST_F(CrashResume, SavedByIterationEndsWithTheSameBits) {
  const std::filesystem::path config = write_config("dict(type='CheckpointHook', by_epoch=False, interval=7)");
  ASSERT_EQ(train(config, "whole", "", false).exit_code, 0);
  expect_same_end(config, "after_train_iter:2", "iter_20.pth");             // before the first save
  expect_same_end(config, "before_train_iter:8", "iter_20.pth");            // in an accumulation group
  expect_same_end(config, "before_val_iter:10", "iter_20.pth");             // in a validation
  expect_same_end(config, "before_save_checkpoint:14:400", "iter_20.pth");  // in a save, some hundred microseconds on
  expect_same_end(config, "after_save_checkpoint:14", "iter_20.pth");
  expect_same_end(config, "before_train_iter:17:3000", "iter_20.pth");      // at any instant
}

TEST_F(CrashResume, SavedByEpochEndsWithTheSameBits) {
  const std::filesystem::path config = write_config("dict(type='CheckpointHook', interval=1, save_best='accuracy/top1')");
  ASSERT_EQ(train(config, "whole", "", false).exit_code, 0);
  expect_same_end(config, "before_save_checkpoint:10", "epoch_2.pth");      // before anything is saved
  expect_same_end(config, "before_val_iter:10", "epoch_2.pth");             // the validation behind the first epoch
  expect_same_end(config, "after_val_epoch:10", "epoch_2.pth");             // between its end and the best save
  expect_same_end(config, "after_train_iter:15", "epoch_2.pth");
  expect_same_end(config, "before_val_iter:20", "epoch_2.pth");             // the last validation: resumed at the end
}

}  // namespace
}  // namespace millrace
