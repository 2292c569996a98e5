#include <gmock/gmock.h>

#include "millrace/checkpoint/checkpoint_file.h"
#include "tests/command/users_data.h"

// Weights know their classes by places. The data of a test, a resume, a load_from and a prediction have them by names.
namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A network that was trained with its classes in the order cow, bee, ant; the folders alone say ant, bee, cow.
class TrainedNames : public UsersImages {
 protected:
  static inline const std::string kOneIdleEpoch = "train_cfg.max_epochs=1 optim_wrapper.optimizer.lr=1e-9 ";

  void SetUp() override {
    UsersImages::SetUp();
    if (IsSkipped()) return;
    folder_.write("test.py", R"(
_base_ = 'config.py'
test_dataloader = _base_.val_dataloader
test_evaluator = dict(type='Accuracy')
test_cfg = dict()
default_hooks = dict(checkpoint=dict(interval=-1))
)");
    const ProcessResult trained =
        millrace("train test.py --work-dir trained train_dataloader.dataset.classes=\"['cow','bee','ant']\"");
    ASSERT_EQ(trained.exit_code, 0) << trained.error;
    ASSERT_THAT(trained.output, HasSubstr("accuracy/top1  100")) << trained.output;
  }
  ProcessResult test(const std::string& more = "") const {
    return millrace("test test.py trained/epoch_30.pth --work-dir tested " + more);
  }
  /// Folders of classes that are in part others than those of the weights.
  void rename_a_class() const {
    for (const char* data : {"train", "val"})
      std::filesystem::rename(folder_.path() / data / "cow", folder_.path() / data / "dog");
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_.path() / name); }
};

TEST_F(TrainedNames, AreFollowedByTheDataOfATest) {
  const ProcessResult result = test();
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, AllOf(HasSubstr("accuracy/top1  100"), HasSubstr("0 cow"), HasSubstr("2 ant")));
}

TEST_F(TrainedNames, AreFollowedByTheDataOfAResume) {
  const ProcessResult result =
      millrace("train test.py --work-dir trained --resume train_cfg.max_epochs=31 optim_wrapper.optimizer.lr=1e-9");
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("Epoch(val) [31]"));
  EXPECT_THAT(result.output, HasSubstr("accuracy/top1  100"));
}

TEST_F(TrainedNames, AreFollowedByTheDataOfATrainingThatBeginsWithTheWeights) {
  const ProcessResult result = train("--load-from trained/epoch_30.pth " + kOneIdleEpoch);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("accuracy/top1  100"));
}

TEST_F(TrainedNames, ThatTheDataDoNotHaveAreAnError) {
  rename_a_class();
  const std::string lists = "  trained/epoch_30.pth: cow, bee, ant\n  test_dataloader: ant, dog\n";
  const ProcessResult tested = test();
  EXPECT_EQ(tested.exit_code, 2);
  EXPECT_THAT(tested.error,
              HasSubstr("test_dataloader has the class dog, which trained/epoch_30.pth does not have\n" + lists +
                        "  help: load_strict=False takes them by their places, whatever their names\n"));
  EXPECT_FALSE(exists("tested"));
  const ProcessResult loaded = train("--load-from trained/epoch_30.pth " + kOneIdleEpoch);
  EXPECT_EQ(loaded.exit_code, 2);
  EXPECT_THAT(loaded.error, AllOf(HasSubstr("train_dataloader has the class dog, which trained/epoch_30.pth does not "
                                            "have\n  trained/epoch_30.pth: cow, bee, ant\n"
                                            "  train_dataloader: ant, bee, dog\n"),
                                  HasSubstr("help: load_strict=False")));
  EXPECT_FALSE(exists("work1"));
  const ProcessResult resumed = millrace("train test.py --work-dir trained --resume train_cfg.max_epochs=31");
  EXPECT_EQ(resumed.exit_code, 2);
  EXPECT_THAT(resumed.error, AllOf(HasSubstr("train_dataloader has the class dog, which "),
                                   HasSubstr("  a run goes on with the classes and features that it was made with\n"),
                                   Not(HasSubstr("load_strict"))));
  EXPECT_FALSE(exists("trained/epoch_31.pth"));
}

TEST_F(TrainedNames, ThatTheDataDoNotHaveAreAWarningWhereThatIsAllowed) {
  rename_a_class();
  const ProcessResult tested = test("load_strict=False test_dataloader.dataset.classes=\"['ant','bee','dog']\"");
  EXPECT_EQ(tested.exit_code, 0) << tested.error;
  EXPECT_THAT(tested.error, HasSubstr("WARNING - trained/epoch_30.pth was trained on other classes than "
                                      "test_dataloader has:\n  trained/epoch_30.pth: cow, bee, ant\n"
                                      "  test_dataloader: ant, bee, dog\n"));
  EXPECT_THAT(tested.output, HasSubstr("0 ant"));
  const ProcessResult unnamed = test("load_strict=False");
  EXPECT_EQ(unnamed.exit_code, 2);
  EXPECT_THAT(unnamed.error, HasSubstr("got scores of 3 classes, and the data name 2"));
}

TEST_F(TrainedNames, DoNotBindATrainingWithANewLastLayer) {
  std::filesystem::rename(folder_.path() / "train/cow", folder_.path() / "train/dog");
  std::filesystem::remove_all(folder_.path() / "train/bee");
  std::filesystem::rename(folder_.path() / "val/cow", folder_.path() / "val/dog");
  const ProcessResult result =
      train("--load-from trained/epoch_30.pth load_strict=False model.head.num_classes=2 train_cfg.max_epochs=20");
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("INFO - trained/epoch_30.pth was trained on other classes than train_dataloader "
                                      "has:\n"));
  EXPECT_THAT(result.output, HasSubstr("accuracy/top1  100"));
}

TEST_F(TrainedNames, AreNotAskedForWhereACheckpointHasNone) {
  const State whole = load_checkpoint_file(folder_ / "trained/epoch_30.pth");
  save_checkpoint_file(folder_ / "weights.pth", State::dict({{"state_dict", whole.at("state_dict")}}));
  const ProcessResult result =
      millrace("test test.py weights.pth --work-dir tested test_dataloader.dataset.classes=\"['cow','bee','ant']\"");
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, Not(HasSubstr("classes")));
  EXPECT_THAT(result.output, HasSubstr("accuracy/top1  100"));
}

TEST_F(TrainedNames, NamePredictionsWhateverTheConfigsOrder) {
  const std::string predict = "predict test.py trained/epoch_30.pth val/ant/0.png --topk 1 ";
  const ProcessResult result = millrace(predict + "test_dataloader.dataset.classes=\"['ant','bee','cow']\"");
  EXPECT_THAT(result.output, testing::StartsWith("val/ant/0.png: ant ")) << result.error;
  folder_.write("names.txt", "ant\nbee\ndog\n");
  for (const char* classes : {"\"['ant','bee','dog']\"", "names.txt"}) {
    const ProcessResult refused = millrace(predict + "test_dataloader.dataset.classes=" + classes);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.error, HasSubstr("the test data of the config has the class dog, which trained/epoch_30.pth "
                                         "does not have\n  trained/epoch_30.pth: cow, bee, ant\n"));
  }
}

}  // namespace
}  // namespace millrace
