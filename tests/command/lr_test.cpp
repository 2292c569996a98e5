#include <gmock/gmock.h>

#include "millrace/io/file.h"
#include "tests/command/small_run.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class LrCommand : public SmallRun {
 protected:
  static ProcessResult lr(std::vector<std::string> words) {
    words.insert(words.begin(), {kProgram, "lr"});
    return run_process(words);
  }
  std::string write_schedule(const std::string& optim, const std::string& schedule) const {
    return write("lr.py", "optim_wrapper = " + optim + "\nparam_scheduler = " + schedule +
                              "\ntrain_cfg = dict(by_epoch=True, max_epochs=3)\n");
  }
};

TEST_F(LrCommand, GivesTheReferencesValues) {
  std::ifstream file(source_path("/tests/golden/schedulers.json"));
  for (const json& golden : json::parse(file)) {
    const std::string name = golden["name"];
    if (name != "mixed_lr_momentum" && name != "onecycle_three_i" && name != "adamw_cos_e" && name != "conv_restart")
      continue;
    const ProcessResult result = lr({write(name + ".json", golden["config"].dump()), "--iters-per-epoch",
                                     std::to_string(golden["iters_per_epoch"].get<int>()), "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.error;
    EXPECT_THAT(result.error, IsEmpty());
    const json series = json::parse(result.output);
    for (const char* key : {"lr", "momentum"}) {
      ASSERT_EQ(series[key].size(), golden[key].size()) << name;
      for (size_t k = 0; k < golden[key].size(); ++k) {
        const double expected = golden[key][k];
        EXPECT_NEAR(series[key][k].get<double>(), expected, 1e-6 * expected) << name << " " << key << " at " << k;
      }
    }
  }
}

TEST_F(LrCommand, TakesTheLengthOfAnEpochFromTheDataThatATrainingWouldRead) {
  const ProcessResult result = lr({config_, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const json series = json::parse(result.output);
  EXPECT_EQ(series["lr"].size(), 20u);
  ASSERT_EQ(train({}).exit_code, 0);
  size_t k = 0;
  for (const json& record : records()) {
    if (!record.contains("iter")) continue;
    EXPECT_EQ(record["lr"], series["lr"][k++]);
  }
  EXPECT_EQ(k, 20u);
}

TEST_F(LrCommand, NamesTheFlagWithoutLengthAndData) {
  std::filesystem::remove_all(path("data"));
  const ProcessResult result = lr({config_, "--json"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, IsEmpty());
  EXPECT_THAT(result.error,
              StartsWith("millrace: nobody knows how many iterations an epoch has\n  train_dataloader: "));
  EXPECT_THAT(result.error, HasSubstr("\n  help: --iters-per-epoch 500\n"));
}

TEST_F(LrCommand, PrintsAShortTable) {
  const std::string file =
      write_schedule("dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9))", "dict(type='StepLR', step_size=1)");
  const ProcessResult result = lr({file, "--iters-per-epoch", "4"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.output,
            "3 epochs of 4 iterations\n"
            "\n"
            "iteration  epoch     lr  momentum\n"
            "        1      1    0.1       0.9\n"
            "        5      2   0.01       0.9\n"
            "        9      3  0.001       0.9\n"
            "       12      3  0.001       0.9\n");
}

TEST_F(LrCommand, TakesOverridesAndGivesNullForNoMomentum) {
  const std::string file = write_schedule("dict(optimizer=dict(type='LBFGS'))", "dict(type='ExponentialLR', gamma=1)");
  const ProcessResult result =
      lr({file, "param_scheduler.gamma=0.5", "train_cfg.max_epochs=2", "--iters-per-epoch", "1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.output, "{\"lr\": [1.0, 0.5], \"momentum\": null}\n");
}

TEST_F(LrCommand, TellsNoticesBesideTheResult) {
  const std::string file = write_schedule("dict(optimizer=dict(type='SGD', lr=0.5))", "dict(type='ReduceOnPlateauLR')");
  const ProcessResult result = lr({file, "--iters-per-epoch", "1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.output, "{\"lr\": [0.5, 0.5, 0.5], \"momentum\": [0.0, 0.0, 0.0]}\n");
  EXPECT_THAT(result.error, StartsWith("ReduceOnPlateauLR depends on 'loss' of the validations"));
}

TEST_F(LrCommand, DrawsAPicture) {
  const std::string file =
      write_schedule("dict(optimizer=dict(type='SGD', lr=0.1))", "dict(type='StepLR', step_size=1)");
  for (const std::string name : {"lr.svg", "lr.PNG"}) {
    for (int i = 0; i < 2; ++i) {  // the second replaces the first
      const ProcessResult result = lr({file, "--iters-per-epoch", "4", "--plot", path(name)});
      ASSERT_EQ(result.exit_code, 0) << result.error;
      EXPECT_EQ(result.output, path(name) + "\n");
    }
  }
  EXPECT_THAT(io::read_file(path("lr.svg")), HasSubstr(">learning rate</text>"));
  EXPECT_THAT(io::read_file(path("lr.PNG")), StartsWith("\x89PNG"));
}

TEST_F(LrCommand, RefusesPicturesOfOtherKindsAndOtherPeoplesFiles) {
  EXPECT_EQ(lr({config_, "--plot", "lr.pdf"}).error,
            "millrace: --plot writes an SVG or a PNG, got 'lr.pdf'\n  help: --plot lr.svg\n");
  EXPECT_EQ(lr({config_, "--plot", "lr.svg", "--json"}).error,
            "millrace: --json prints, and --plot draws: give one of them\n  help: --plot lr.svg\n");
  const std::string mine = write("mine.svg", "what I wrote");
  EXPECT_EQ(lr({config_, "--plot", mine}).error,
            mine + ": this file exists, and is no picture of this command\n  help: --plot ANOTHER.svg\n");
  EXPECT_EQ(io::read_file(mine), "what I wrote");
}

}  // namespace
}  // namespace millrace
