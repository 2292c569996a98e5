#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "millrace/checkpoint/checkpoint_file.h"
#include "tests/support/small_images.h"
#include "tests/support/small_training.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::HasSubstr;

/// What a user sees who got something wrong: the command's words on stderr, and exit code 2.
class Mistake : public testing::Test {
 protected:
  void SetUp() override { write_small_images(folder_.path() / "data", 40, 20); }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  void write(const std::string& name, const std::string& text) { std::ofstream(path(name), std::ios::binary) << text; }

  /// The small training with one text in it replaced by another.
  std::string config_with(const std::string& old_text, const std::string& new_text) {
    std::string text = small_training_config(folder_.path() / "data");
    const size_t at = text.find(old_text);
    EXPECT_NE(at, std::string::npos) << old_text;
    return text.replace(at, old_text.size(), new_text);
  }

  ProcessResult millrace(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(MILLRACE_BINARY_DIR) + "/bin/millrace");
    return run_process(arguments);
  }

  /// stderr of a training that is refused, with the folder of the test cut out.
  std::string refusal(const std::string& config) {
    write("config.py", config);
    const ProcessResult run = millrace({"train", path("config.py"), "--work-dir", path("run")});
    EXPECT_EQ(run.exit_code, 2) << run.error;
    return shortened(run.error);
  }

  std::string shortened(std::string text) const {
    const std::string prefix = folder_.path().string() + "/";
    for (size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
    return text;
  }

  TemporaryFolder folder_;
};

TEST_F(Mistake, ThreeWrongKeysAreReportedTogether) {
  const std::string text = refusal(
      "model = dict(type='ImageClassifier', backbone=dict(type='LeNet', widht=[4]), head=dict(type='LinearClsHead', num_classes=10, in_channels=16))\n"
      "default_scope = 'mmpretrain'\n"
      "train_cgf = dict(by_epoch=True, max_epochs=1)\n"
      "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentun=0.9))\n");
  EXPECT_THAT(text, HasSubstr("config.py:1:70: LeNet has no key 'widht'; did you mean 'widths'?\n"
                              "  keys: dropout, hidden, image_size, in_channels, kernel_size, padding, widths"));
  EXPECT_THAT(text, HasSubstr("config.py:3:1: the config has no key 'train_cgf'; did you mean 'train_cfg'?"));
  EXPECT_THAT(text, HasSubstr("config.py:4:57: SGD has no key 'momentun'; did you mean 'momentum'?"));
  EXPECT_FALSE(std::filesystem::exists(path("run"))) << "something was made before the config was checked";
}

TEST_F(Mistake, AWrongTypeNamesKeyAndValue) {
  EXPECT_THAT(refusal(config_with("batch_size=16", "batch_size='many'")),
              HasSubstr("config.py:8:16: DataLoader.batch_size must be an int, got 'many' (str)"));
}

TEST_F(Mistake, AValueOutOfRangeNamesTheRange) {
  EXPECT_THAT(refusal(config_with("dropout=0.3", "dropout=1.5")), HasSubstr("LeNet.dropout must be from 0 to 1, got 1.5"));
}

TEST_F(Mistake, AnUnknownComponentIsAnsweredWithTheNearest) {
  EXPECT_THAT(refusal(config_with("type='AdamW'", "type='AdmW'")), HasSubstr("no Optimizer 'AdmW'; did you mean 'AdamW'?"));
}

TEST_F(Mistake, AMissingFileIsNamed) {
  const std::string text = refusal(config_with("data_root = '" + path("data"), "data_root = '" + path("nowhere")));
  EXPECT_THAT(text, HasSubstr("nowhere"));
  EXPECT_THAT(text, HasSubstr("while building train_dataloader.dataset (FashionMNIST)"));
  const ProcessResult no_config = millrace({"train", path("no_config.py")});
  EXPECT_EQ(no_config.exit_code, 2);
  EXPECT_THAT(no_config.error, HasSubstr("no_config.py"));
}

TEST_F(Mistake, ATruncatedDatasetIsNamedWithItsBytes) {
  const std::string file = path("data/train-images-idx3-ubyte");
  std::filesystem::resize_file(file, 1000);
  write("config.py", small_training_config(folder_.path() / "data"));
  const ProcessResult run = millrace({"train", path("config.py"), "--work-dir", path("run")});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(shortened(run.error), HasSubstr("data/train-images-idx3-ubyte: truncated, 1000 of 31376 bytes"));
}

TEST_F(Mistake, ACorruptCheckpointIsRefusedWhole) {
  write("config.py", small_training_config(folder_.path() / "data", {.epochs = 1}));
  ASSERT_EQ(millrace({"train", path("config.py"), "--work-dir", path("run")}).exit_code, 0);
  std::fstream file(path("run/epoch_1.pth"), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path("run/epoch_1.pth")) / 2));
  const char there = static_cast<char>(file.peek());
  file.put(static_cast<char>(there ^ 0x55));
  file.close();
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"test", path("config.py"), path("run/epoch_1.pth"), "--work-dir", path("t")},
        std::vector<std::string>{"train", path("config.py"), "--work-dir", path("run"), "--resume"}}) {
    const ProcessResult run = millrace(arguments);
    EXPECT_EQ(run.exit_code, 2) << run.error;
    EXPECT_THAT(run.error, HasSubstr("epoch_1.pth"));
    EXPECT_THAT(run.error, testing::ContainsRegex("CRC|checksum"));
  }
}

TEST_F(Mistake, ACheckpointOfAnotherNetworkIsShownTensorByTensor) {
  write("config.py", small_training_config(folder_.path() / "data", {.epochs = 1}));
  ASSERT_EQ(millrace({"train", path("config.py"), "--work-dir", path("run")}).exit_code, 0);
  const ProcessResult run = millrace({"test", path("config.py"), path("run/epoch_1.pth"), "--work-dir", path("t"), "model.head.num_classes=7"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("tensors do not fit the model"));
  EXPECT_THAT(run.error, HasSubstr("head.fc.weight"));
}

TEST_F(Mistake, AHalfTrainingIsRefused) {
  EXPECT_THAT(refusal(config_with("train_cfg = dict(by_epoch=True, max_epochs=2)", "")),
              HasSubstr("a training needs train_cfg; given: train_dataloader and optim_wrapper"));
}

}  // namespace
}  // namespace millrace
