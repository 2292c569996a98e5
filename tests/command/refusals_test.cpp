#include <gmock/gmock.h>

#include <map>
#include <vector>

#include "millrace/io/file.h"
#include "millrace/io/folder_lock.h"
#include "tests/command/users_data.h"

// Whatever a command refuses, it leaves the disk as it was.
namespace millrace {
namespace {

class Refusals : public UsersImages {
 protected:
  void SetUp() override {
    UsersImages::SetUp();
    if (IsSkipped()) return;
    folder_.write("whole.py", R"(
_base_ = 'config.py'
train_cfg = dict(max_epochs=1)
test_dataloader = _base_.val_dataloader
test_evaluator = dict(type='Accuracy')
test_cfg = dict()
)");
    folder_.write("norm.py", R"(
_base_ = 'whole.py'
model = dict(_delete_=True, type='ImageClassifier', backbone=dict(type='ResNet_CIFAR', depth=20, base_channels=2),
             neck=dict(type='GlobalAveragePooling'), head=dict(type='LinearClsHead', num_classes=3, in_channels=8))
)");
    folder_.write("train_others/ant/0.png", io::read_file(folder_ / "train/ant/0.png"));
    folder_.write("bad.pth", "no checkpoint");
    folder_.write("taken/last_checkpoint/notes.txt", "a folder where the name of the last checkpoint belongs");
    folder_.write("page.html", "no page of ours");
  }
  /// All files with their contents, and all folders.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> contents;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
      contents[entry.path().string()] = entry.is_regular_file() ? io::read_file(entry.path().string()) : "";
    return contents;
  }
  void expect_nothing_left(const std::string& words) const {
    const auto before = contents();
    const ProcessResult result = millrace(words);
    EXPECT_EQ(result.exit_code, 2) << words << "\n" << result.error;
    const auto after = contents();
    for (const auto& [path, content] : after)
      if (const auto old = before.find(path); old == before.end()) ADD_FAILURE() << words << "\n  leaves " << path;
      else EXPECT_EQ(old->second, content) << words << "\n  changes " << path;
    EXPECT_EQ(before.size(), after.size()) << words;
  }
};

TEST_F(Refusals, OfATrainingLeaveNothing) {
  const std::vector<std::string> wrong = {
      "model.backbone.typ=MLP",
      "model.backbone.in_features=7",                       // found by the sanity check of the validation
      "model.backbone.in_features=7 sanity_val_batches=0",  // found in the first step
      "train_dataloader.dataset.data_root=none",
      "val_dataloader.dataset.data_root=none",
      "val_dataloader.dataset.indices=0",
      "train_dataloader.dataset.indices=0",
      "train_dataloader.dataset.indices=99",
      "train_dataloader.dataset.data_root=train_others",  // val has a class that train has not
      "val_evaluator.topk=\"(1,5)\"",
      "default_hooks.checkpoint.save_best=accuracy",
      "default_hooks.checkpoint.save_best=loss default_hooks.checkpoint.rule=less",
      "default_hooks.checkpoint.filename_tmpl=newest.pth",
      "default_hooks.checkpoint.out_dir=bad.pth",
      "model.head.num_classes=2",
      "optim_wrapper.optimizer.lr=inf",
      "param_scheduler.type=StepLR",
      "train_dataloader.batch_size=100 train_dataloader.drop_last=True",
      "device=cuda:99",
      "--device nowhere",
      "--load-from none.pth",
      "--load-from bad.pth",
      "--resume=none.pth",
      "--resume=bad.pth",
      "--resume --overwrite",
      "--seed -1",
      "--work-dir bad.pth",
      "--work-dir taken",
      "--work-dir bad.pth/below",
  };
  for (const std::string& words : wrong) {
    const std::string folder = words.find("--work-dir") == std::string::npos ? "--work-dir new/er/work " : "";
    const std::string elsewhere =
        words.find("out_dir") == std::string::npos ? "default_hooks.checkpoint.out_dir=new/out " : "";
    expect_nothing_left("train whole.py " + folder + elsewhere + words);
  }
  expect_nothing_left("train whole.py model.backbone.in_features=7");
  expect_nothing_left("train norm.py train_dataloader.batch_size=1 sanity_val_batches=0 model.backbone.type=None");
  expect_nothing_left("train none.py");
}

TEST_F(Refusals, OfATrainingInAUsedWorkDirLeaveItAsItIs) {
  ASSERT_EQ(millrace("train whole.py --work-dir work").exit_code, 0);
  expect_nothing_left("train whole.py --work-dir work");
  expect_nothing_left("train whole.py --work-dir other default_hooks.checkpoint.out_dir=. --resume=work/none.pth");
  expect_nothing_left("train whole.py --work-dir other/work default_hooks.checkpoint.out_dir=.");
  expect_nothing_left("train whole.py --work-dir work --overwrite val_evaluator.topk=\"(1,5)\"");
  expect_nothing_left("train whole.py --work-dir work --overwrite model.backbone.in_features=7 sanity_val_batches=0");
  expect_nothing_left("train whole.py --work-dir work/new --load-from work/epoch_1.pth model.backbone.hidden=[5]");
  expect_nothing_left("test whole.py work/epoch_1.pth --work-dir tests model.backbone.hidden=[5]");
  expect_nothing_left("test whole.py work/epoch_1.pth --work-dir tests test_dataloader.dataset.data_root=none");
  expect_nothing_left("test whole.py work/epoch_1.pth --work-dir tests test_evaluator.topk=\"(1,2\"");
  expect_nothing_left("test whole.py none.pth --work-dir tests");
  expect_nothing_left("predict whole.py work/epoch_1.pth none.png --out pictures");
  expect_nothing_left("predict whole.py work/epoch_1.pth bad.pth --out pictures");
  expect_nothing_left("predict whole.py bad.pth val/ant --out pictures");
  const io::FolderLock lock(folder_ / "work");
  expect_nothing_left("train whole.py --work-dir work --resume train_cfg.max_epochs=2");
}

TEST_F(Refusals, OfAResumeLeaveTheConfigOfTheRunFolder) {
  ASSERT_EQ(millrace("train whole.py --work-dir work").exit_code, 0);
  const auto before = contents();
  const ProcessResult result =
      millrace("train whole.py --work-dir work --resume train_cfg.max_epochs=2 val_dataloader.dataset.indices=0");
  EXPECT_EQ(result.exit_code, 2) << result.error;
  for (const auto& [path, content] : contents())
    if (!path.ends_with(".log")) {  // which tells of the refusal
      ASSERT_TRUE(before.contains(path)) << path;
      EXPECT_EQ(before.at(path), content) << path;
    }
}

TEST_F(Refusals, OfOtherCommandsLeaveNothing) {
  expect_nothing_left("init new --data none");
  expect_nothing_left("init new --data bad.pth");
  expect_nothing_left("init train");
  expect_nothing_left("report none -o new/page.html");
  expect_nothing_left("report train -o page.html");
  expect_nothing_left("config print none.py");
  expect_nothing_left("config format bad.pth");
  expect_nothing_left("summary whole.py model.backbone.hidden=[0]");
  expect_nothing_left("data check whole.py train_dataloader.dataset.data_root=none");
}

}  // namespace
}  // namespace millrace
