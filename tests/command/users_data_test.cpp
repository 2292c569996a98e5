#include <gmock/gmock.h>

#include "millrace/base/text.h"
#include "millrace/io/file.h"
#include "tests/command/users_data.h"

// Whole trainings on data as users have them.
namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;

class UsersTable : public UsersData {
 protected:
  UsersTable() {
    folder_.write("config.py", R"(
default_scope = 'mmpretrain'
model = dict(type='ImageClassifier', data_preprocessor=dict(type='BaseDataPreprocessor'),
             backbone=dict(type='MLP', in_features=2, hidden=[16]),
             head=dict(type='LinearClsHead', num_classes=3, in_channels=16))
train_dataloader = dict(batch_size=6, sampler=dict(type='DefaultSampler', shuffle=True),
                        dataset=dict(type='CSVDataset', ann_file='train.csv', label='class'))
val_dataloader = dict(batch_size=6, dataset=dict(type='CSVDataset', ann_file='val.csv', label='class'))
val_evaluator = dict(type='Accuracy')
train_cfg = dict(max_epochs=30)
val_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.05))
randomness = dict(seed=0)
)");
    folder_.write("train.csv", "x,y,class\n" + rows({"low", "mid", "top"}, ",", "."));
    folder_.write("val.csv", "y,x,class\n3,0,top\n0,0,low\n");  // two of the classes, columns in another order
  }
  /// Four rows of each class: around (0, 0), (3, 0) and (0, 3).
  static std::string rows(const std::vector<std::string>& classes, const std::string& delimiter,
                          const std::string& decimal) {
    std::string text;
    for (const char* noise : {"1", "2", "3", "4"})
      for (size_t k = 0; k < classes.size(); ++k)
        text += (k == 1 ? "3" : "0") + decimal + noise + delimiter + (k == 2 ? "3" : "0") + decimal + noise +
                delimiter + classes[k] + "\n";
    return text;
  }
};

TEST_F(UsersTable, IsValidatedByTheNamesOfClassesAndColumns) {
  const ProcessResult result = train();
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("accuracy/top1"));
  EXPECT_THAT(result.output, HasSubstr("100")) << result.output;
}

TEST_F(UsersTable, OfOtherClassesIsRefusedBeforeTheFirstStep) {
  folder_.write("val.csv", "x,y,class\n0,3,topp\n");
  const ProcessResult result = train();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error,
              HasSubstr("val_dataloader has the class topp, which train_dataloader does not have; did you "
                        "mean 'top'?\n"));
  EXPECT_THAT(result.error, Not(HasSubstr("Epoch")));
}

TEST_F(UsersTable, InLatin1NeedsItsEncoding) {
  folder_.write("train.csv", "x,y,class\n" + rows({"tief", "m\xE4\xDFig",
                                                   "h\xF6"
                                                   "chst"},
                                                  ",", "."));
  folder_.write("val.csv",
                "x,y,class\n0,3,h\xF6"
                "chst\n");
  const ProcessResult result = train();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("train.csv:3:10: this is not UTF-8 text\n"));
  EXPECT_THAT(result.error, HasSubstr("  help: encoding='latin-1'\n"));
  const ProcessResult named =
      train("train_dataloader.dataset.encoding=latin-1 val_dataloader.dataset.encoding=latin-1");
  EXPECT_EQ(named.exit_code, 0) << named.error;
}

TEST_F(UsersTable, WithDecimalCommasNeedsThemNamed) {
  folder_.write("train.csv", "x;y;class\n" + rows({"low", "mid", "top"}, ";", ","));
  const std::string delimiter = "train_dataloader.dataset.delimiter=';'";
  EXPECT_THAT(train().error, HasSubstr("train.csv:1: no ',' in the first row, and so one column alone\n"));
  const ProcessResult result = train('"' + delimiter + '"');
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("train.csv:2: '0,1' in column 'x' is not a number: it has a decimal comma\n"));
  const ProcessResult named = train('"' + delimiter + "\" train_dataloader.dataset.decimal=,");
  EXPECT_EQ(named.exit_code, 0) << named.error;
}

TEST_F(UsersImages, AreValidatedByTheNamesOfTheirFolders) {
  folder_.write("train/cow/notes.txt");
  const ProcessResult result = train();
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("100")) << result.output;
  EXPECT_THAT(result.error, HasSubstr("train: 1 file skipped: 1 .txt"));
}

TEST_F(UsersImages, ThatCantBeReadAreLeftOutAndNamed) {
  const std::string png = io::read_file(folder_ / "train/ant/1.png");
  folder_.write("train/ant/1.png", png.substr(0, 40));
  folder_.write("val/cow/2.png", png.substr(0, 40));
  const ProcessResult result = train("train_cfg.max_epochs=2");
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("train_dataloader: 1 of 12 samples is left out, since it can't be read\n"
                                      "  train/ant/1.png: damaged or truncated image, of 40 bytes\n"));
  EXPECT_THAT(result.error, HasSubstr("val_dataloader: 1 of 8 samples is left out, since it can't be read\n"
                                      "  val/cow/2.png: damaged or truncated image, of 40 bytes\n"));
  const ProcessResult predicted = millrace("predict config.py work1/epoch_2.pth val/cow");
  EXPECT_EQ(predicted.exit_code, 2);
  EXPECT_EQ(predicted.error, "val/cow/2.png: damaged or truncated image, of 40 bytes\n");
  EXPECT_THAT(split(predicted.output, '\n'), testing::SizeIs(4)) << "no other image takes its place";
  const ProcessResult tested = train("train_cfg.max_epochs=2 val_dataloader.dataset.test_mode=True");
  EXPECT_EQ(tested.exit_code, 2);
  EXPECT_THAT(tested.error, HasSubstr("val/cow/2.png: damaged or truncated image, of 40 bytes\n"));
}

TEST_F(UsersImages, ThatCantBeReadAreLeftOutWhereBatchesAreMadeBySizes) {
  folder_.write("train/bee/2.png", "no image");
  const std::string batches = "train_dataloader.batch_sampler.type=AspectRatioBatchSampler train_cfg.max_epochs=2 ";
  const ProcessResult result = train(batches);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("train_dataloader: 1 of 12 samples is left out, since it can't be read\n"
                                      "  train/bee/2.png: "));
  const ProcessResult refused = train(batches + "train_dataloader.dataset.pipeline.0.ignore_empty=False");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("train/bee/2.png: not an image that can be read: "));
}

TEST_F(UsersImages, OneOfWhichGoesInMidRunStopTheRunWithACheckpointToGoOnFrom) {
  const std::string words =
      "train_cfg.max_epochs=40 default_hooks.checkpoint.interval=200 default_hooks.logger.interval=1 "
      "train_dataloader.dataset.pipeline.0.ignore_empty=False";
  const ProcessResult result =
      run_process({"/bin/sh", "-c",
                   "cd " + folder_.path().string() + " && exec " + build_path("/bin/millrace") +
                       " train config.py --work-dir work " + words},
                  {}, [this](int, const std::string& line) {
                    if (line.find("[2]") != std::string::npos && io::file_exists(folder_ / "train/ant/1.png"))
                      std::filesystem::rename(folder_.path() / "train/ant/1.png", folder_.path() / "gone.png");
                  });
  EXPECT_EQ(result.exit_code, 2) << result.error;
  EXPECT_THAT(result.error, HasSubstr("train/ant/1.png: "));
  EXPECT_THAT(result.error, HasSubstr("  saved up to iteration "));
  EXPECT_THAT(result.error, HasSubstr("  resume:  "));
  ASSERT_TRUE(io::file_exists(folder_ / "work/last_checkpoint"));
  std::filesystem::rename(folder_.path() / "gone.png", folder_.path() / "train/ant/1.png");
  const ProcessResult resumed = millrace("train config.py --work-dir work --resume " + words);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.error;
  EXPECT_THAT(resumed.error, HasSubstr("resumed epoch: "));
  EXPECT_THAT(resumed.output, HasSubstr("accuracy/top1  100"));
}

}  // namespace
}  // namespace millrace
