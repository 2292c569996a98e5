#include <gmock/gmock.h>

#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// What the command says of a config, a data set or a checkpoint that is wrong, and that it exits with 2.
class MistakesTest : public SmallRun {
 protected:
  /// Runs in the folder of the files, so that places are short.
  ProcessResult run(const std::string& words) const {
    return shell("cd '" + folder_.path().string() + "' && '" + kProgram + "' " + words);
  }
  /// stderr of a training by `bad.py`, without the lines of the log.
  std::string said_of(const std::string& config, const std::string& words = "") const {
    write("bad.py", config);
    const ProcessResult result = run("train bad.py --work-dir work " + words);
    EXPECT_EQ(result.exit_code, 2) << result.error;
    EXPECT_THAT(result.output, IsEmpty());
    return result.error;
  }
  /// The last lines of a text, as many as `expected` has.
  static std::string end_of(const std::string& text, const std::string& expected) {
    return text.size() < expected.size() ? text : text.substr(text.size() - expected.size());
  }
};

TEST_F(MistakesTest, OfAConfigAreShownTogether) {
  EXPECT_EQ(said_of("_base_ = ['small.py']\n"
                    "optim_wrapper = dict(optimizer=dict(lrr=0.1, weight_decay='much'))\n"
                    "model = dict(backbone=dict(dropout=2.0), neckk=dict(type='GlobalAveragePooling'))\n"
                    "train_cfg = dict(max_epoch=3)\n"
                    "val_evaluator = dict(type='Acuracy')\n"),
            "bad.py:2:37: AdamW has no key 'lrr'; did you mean 'lr'?\n"
            "  keys: amsgrad, betas, decoupled_weight_decay, eps, fused, lr, maximize, weight_decay\n"
            "bad.py:2:59: AdamW.weight_decay must be a number, got 'much' (str)\n"
            "bad.py:3:36: LeNet.dropout must be from 0 to 1, got 2.0\n"
            "bad.py:3:42: ImageClassifier has no key 'neckk'; did you mean 'neck'?\n"
            "  keys: backbone, data_preprocessor, head, init_cfg, neck, pretrained, train_cfg\n"
            "bad.py:4:18: EpochBasedTrainLoop has no key 'max_epoch'; did you mean 'max_epochs'?\n"
            "  keys: dynamic_intervals, max_epochs, val_begin, val_interval\n"
            "bad.py:5:27: no Metric 'Acuracy'; did you mean 'Accuracy'?\n");
}

TEST_F(MistakesTest, OfATopLevelKeyNameTheNearestOne) {
  EXPECT_THAT(
      said_of("_base_ = ['small.py']\ntrian_cfg = dict(max_epochs=3)\n"),
      testing::StartsWith("bad.py:2:1: the config has no key 'trian_cfg'; did you mean 'train_cfg'?\n  keys: "));
}

TEST_F(MistakesTest, OfAnOverrideNameItsArgument) {
  EXPECT_EQ(said_of("_base_ = ['small.py']\n", "optim_wrapper.optimizer.lr=-3"),
            "command line: optim_wrapper.optimizer.lr=-3: AdamW.lr must be at least 0, got -3.0\n");
}

TEST_F(MistakesTest, OfAFileThatIsNotThereNameIt) {
  const ProcessResult result = run("train nowhere.py");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.error, "nowhere.py: this file does not exist\n");
}

TEST_F(MistakesTest, OfSyntaxNameLineAndColumn) {
  EXPECT_THAT(said_of("model = dict(type='ImageClassifier'\n"), testing::StartsWith("bad.py:"));
}

TEST_F(MistakesTest, OfAMissingDataFolderSayWhatWasBuilt) {
  const std::string expected =
      "nowhere: no such folder, and so no train-images-idx3-ubyte\n"
      "  while building train_dataloader.dataset (FashionMNIST)\n"
      "  help: apt-get install dataset-fashion-mnist, and data_root='/usr/share/datasets/fashion-mnist'\n";
  EXPECT_EQ(end_of(said_of("_base_ = ['small.py']\n", "train_dataloader.dataset.data_root=nowhere"), expected),
            expected);
}

TEST_F(MistakesTest, OfATruncatedDataSetNameTheFileAndBothSizes) {
  const std::filesystem::path images = folder_.path() / "data" / "train-images-idx3-ubyte";
  ASSERT_TRUE(std::filesystem::exists(images));
  std::filesystem::resize_file(images, 1000);
  EXPECT_EQ(said_of("_base_ = ['small.py']\n"), images.string() +
                                                    ": truncated, 984 of 125440 bytes\n"
                                                    "  its header says (160, 28, 28) elements of 1 bytes\n"
                                                    "  while building train_dataloader.dataset (FashionMNIST)\n");
}

TEST_F(MistakesTest, OfACheckpointSayWhatIsWrongWithTheFile) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1", "--limit-batches", "2"}).exit_code, 0);
  std::ifstream file(path("work/epoch_1.pth"), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

  write("cut.pth", whole.substr(0, 3000));
  ProcessResult result = run("test small.py cut.pth --work-dir work");
  EXPECT_EQ(result.exit_code, 2);
  std::string expected = "cut.pth: truncated checkpoint: 3000 bytes, and no directory at their end\n";
  EXPECT_EQ(end_of(result.error, expected), expected);

  std::string damaged = whole;
  const size_t middle = damaged.find("archive/data/0") + 128;
  damaged[middle] = static_cast<char>(damaged[middle] ^ 1);
  write("damaged.pth", damaged);
  result = run("test small.py damaged.pth --work-dir work");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("damaged.pth: record 'archive/data/0' is damaged: its checksum is "));

  write("text.pth", "weights\n");
  result = run("test small.py text.pth --work-dir work");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("text.pth: "));
}

TEST_F(MistakesTest, OfACheckpointThatIsNotThereLeavesNoRunFolder) {
  const ProcessResult result = run("test small.py nowhere.pth --work-dir work");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, testing::StartsWith("nowhere.pth: "));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "work"));
}

TEST_F(MistakesTest, OfAnOverrideThatNothingReadsSayWhereToOverride) {
  const std::string config = "_base_ = ['small.py']\nwidth = 12\nmodel = dict(head=dict(in_channels=width))\n";
  EXPECT_EQ(said_of(config, "width=16 max_epochs=1"),
            "command line: max_epochs=1: nothing reads 'max_epochs'; did you mean 'train_cfg.max_epochs'?\n"
            "command line: width=16: nothing reads 'width' any more: it is a variable of the config\n"
            "  12 is at model.head.in_channels\n"
            "  help: model.head.in_channels=16\n");
}

TEST_F(MistakesTest, OfTooFewClassesSayWhatTheDataHave) {
  EXPECT_THAT(
      said_of("_base_ = ['small.py']\n", "model.head.num_classes=5 val_evaluator.topk=1 sanity_val_batches=0"),
      testing::ContainsRegex("command line: model.head.num_classes=5: the head got the label [5-9], there are 5 "
                             "classes: 0 to 4\n  in iteration 1 of the training, 16 rows: [^\n]*\n"
                             "  help: num_classes=[6-9]0? of the head, if the data are right"));
}

TEST_F(MistakesTest, OfADeviceNameThoseThatThereAre) {
  EXPECT_EQ(said_of("_base_ = ['small.py']\n", "--device gpu"),
            "command line: --device: there is no device 'gpu'\n  help: device=cpu (or cuda, cuda:N)\n");
}

TEST_F(MistakesTest, OfAFolderSayWhereTheFilesAre) {
  std::filesystem::create_directory(folder_.path() / "elsewhere");
  const ProcessResult result = shell("cd '" + path("elsewhere") + "' && '" + kProgram +
                                     "' train ../small.py --work-dir work train_dataloader.dataset.data_root=data");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, testing::EndsWith("help: cd .. (it is next to the config; paths start in the current "
                                              "folder)\n"));
}

}  // namespace
}  // namespace millrace
