// What tries things before a training: `lr-find`, `train --overfit`, `train --auto-batch`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/command/small_run.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class Trials : public SmallRun {
 protected:
  static ProcessResult lr_find(const std::vector<std::string>& words) {
    std::vector<std::string> arguments = {kProgram, "lr-find"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_process(arguments);
  }
};

TEST_F(Trials, LrFindPrintsOneObjectAndKeepsNothing) {
  const ProcessResult result =
      lr_find({config_, "--start", "1e-4", "--end", "1", "--steps", "21", "--seed", "1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const json found = json::parse(result.output);
  ASSERT_EQ(found["lr"].size(), found["loss"].size());
  ASSERT_GE(found["lr"].size(), 15U);
  for (size_t i = 0; i < found["lr"].size(); ++i)
    EXPECT_NEAR(std::log10(found["lr"][i].get<double>()), -4 + 0.2 * static_cast<double>(i), 1e-9);
  EXPECT_NEAR(found["loss"][0].get<double>(), std::log(10), 0.5);  // of a network that knows nothing of ten classes
  EXPECT_TRUE(found.contains("suggestion"));
  EXPECT_FALSE(std::filesystem::exists(path("work_dirs")));
  EXPECT_FALSE(std::filesystem::exists("work_dirs/small"));
}

TEST_F(Trials, LrFindGivesTheLineThatTrainsWithItsSuggestion) {
  const ProcessResult result = lr_find({config_, "--start", "1e-5", "--end", "0.1", "--steps", "60", "--seed", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, AllOf(HasSubstr("suggestion"), HasSubstr("optim_wrapper.optimizer.lr=")));
}

TEST_F(Trials, LrFindRefusesARateThatIsNone) {
  const ProcessResult result = lr_find({config_, "--start", "small"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--start needs a number, got 'small'"));
}

TEST_F(Trials, OverfitTrainsAndValidatesOnTheSameFewBatches) {
  const ProcessResult result =
      train({"--overfit", "2", "train_cfg.max_epochs=60", "param_scheduler=[]", "model.backbone.dropout=0.0",
             "train_dataloader.dataset.pipeline=[{'type': 'PackInputs'}]"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("--overfit 2: every pass has the same 2 batches of the training data, and the "
                                      "validation has them, too"));
  EXPECT_EQ(summary()["iters"], 120);
  double best = 0;
  for (const json& record : records())
    if (record.contains("accuracy/top1")) best = std::max(best, record["accuracy/top1"].get<double>());
  EXPECT_EQ(best, 100.0);  // random labels or not: 32 images are learnt by heart
}

TEST_F(Trials, AutoBatchStaysBelowItsLimit) {
  const ProcessResult result = train({"--auto-batch", "--memory", "8G", "train_cfg.max_epochs=1", "--no-validate"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  // 160 images: the largest power of two that they fill.
  EXPECT_THAT(result.error, HasSubstr("--auto-batch: batch_size=128, which takes"));
}

TEST_F(Trials, AutoBatchSaysThatNothingFits) {
  const ProcessResult result = train({"--auto-batch", "--memory", "10M"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--auto-batch: a training with batches of one sample takes"));
}

TEST_F(Trials, RefuseOptionsThatNeedAnother) {
  EXPECT_THAT(train({"--memory", "4G"}).error, HasSubstr("--memory is a limit for --auto-batch"));
  EXPECT_THAT(train({"--overfit", "2", "--limit-batches", "3"}).error, HasSubstr("give it without --limit-batches"));
  EXPECT_THAT(train({"--auto-batch", "--memory", "much"}).error, HasSubstr("'much' is no amount of memory"));
}

}  // namespace
}  // namespace millrace
