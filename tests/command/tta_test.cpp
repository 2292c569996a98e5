#include <gmock/gmock.h>

#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A trained network, and tests of it under other configs.
class TtaCommand : public SmallRun {
 protected:
  void SetUp() override {
    const ProcessResult trained = train({"train_cfg.max_epochs=1"});
    ASSERT_EQ(trained.exit_code, 0) << trained.error;
  }
  /// With `more` at the end of the config.
  ProcessResult test(const std::string& more, const std::vector<std::string>& words) const {
    std::vector<std::string> arguments = {
        kProgram, "test", write("tta.py", config_text() + more), path("work/epoch_1.pth"), "--work-dir", path("tests")};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_process(arguments);
  }
  /// The test data with a pipeline of views.
  std::string loader_of_views() const {
    return std::string(kViews) + "test_dataloader = dict(batch_size=20, dataset=dict(type='FashionMNIST', data_root='" +
           path("data") + "', split='test', pipeline=tta_pipeline))\n";
  }
  static constexpr const char* kViews =
      "tta_pipeline = [dict(type='TestTimeAug', transforms=[\n"
      "    [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)], [dict(type='PackInputs')]])]\n";
};

TEST_F(TtaCommand, FlipsWhereAConfigNamesNoViewsAndEqualsTheConfigThatDoes) {
  const auto results = [&](const std::string& more, const std::vector<std::string>& words) {
    const ProcessResult result = test(more, words);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return line_after(result.output, "accuracy/top1");
  };
  const std::string named = results(std::string(kViews) + "tta_model = dict(type='AverageClsScoreTTA')\n", {"--tta"});
  EXPECT_NE(named, "");
  EXPECT_EQ(results("", {"--tta"}), named);
  EXPECT_EQ(results(kViews, {"--tta"}), named);
  const std::string by_hook =
      loader_of_views() + "custom_hooks = [dict(type='PrepareTTAHook', tta_cfg=dict(type='AverageClsScoreTTA'))]\n";
  EXPECT_EQ(results(by_hook, {}), named);
}

TEST_F(TtaCommand, RefusesHalfAConfig) {
  const ProcessResult alone = test("tta_model = dict(type='AverageClsScoreTTA')\n", {"--tta"});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.error, HasSubstr("the config has tta_model, but no tta_pipeline"));
}

TEST_F(TtaCommand, KeysAreValidated) {
  const std::string wrong =
      write("wrong.py", config_text() +
                            "tta_pipeline = [dict(type='TestTimeAug', transforms=[\n"
                            "    [dict(type='RandomFlip', prop=1.0)], [dict(type='PackInputs')]])]\n"
                            "tta_model = dict(type='AverageClsScoreTTA', tta_cfg=3)\n");
  const ProcessResult result = run_process({kProgram, "config", "validate", wrong});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output + result.error, AllOf(HasSubstr("RandomFlip has no key 'prop'; did you mean 'prob'?"),
                                                  HasSubstr("AverageClsScoreTTA has no key 'tta_cfg'")));
}

TEST_F(TtaCommand, RefusesViewsThatNobodyMerges) {
  const ProcessResult result = test(loader_of_views(), {});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, AllOf(HasSubstr("the batch has several views of each sample, and metrics count samples"),
                                  HasSubstr("millrace test --tta")));
}

TEST_F(TtaCommand, RefusesLossesAndAPipelineWithoutViews) {
  EXPECT_THAT(test("", {"--tta", "test_cfg.losses=True"}).error,
              HasSubstr("there are no losses with test-time augmentation"));
  EXPECT_THAT(test("tta_pipeline = [dict(type='PackInputs')]\n", {"--tta"}).error,
              HasSubstr("the test pipeline must end in TestTimeAug"));
}

}  // namespace
}  // namespace millrace
