#include <gmock/gmock.h>

#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class SummaryCommand : public SmallRun {
 protected:
  ProcessResult summary(const std::vector<std::string>& words) const {
    std::vector<std::string> arguments = {kProgram, "summary", config_};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_process(arguments);
  }
};

TEST_F(SummaryCommand, ShowsTheLayersForTheFirstSampleOfTheData) {
  const ProcessResult result = summary({});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, IsEmpty());
  EXPECT_EQ(result.output,
            "layer             type         output          parameters   FLOPs\n"
            "input                          (1, 1, 28, 28)\n"
            "backbone.conv1    Conv2d       (1, 4, 28, 28)          36  28,224\n"
            "backbone.bn1      BatchNorm2d  (1, 4, 28, 28)           8   6,272\n"
            "backbone.conv2    Conv2d       (1, 8, 14, 14)         288  56,448\n"
            "backbone.bn2      BatchNorm2d  (1, 8, 14, 14)          16   3,136\n"
            "backbone.fc1      Linear       (1, 16)              6,288   6,272\n"
            "backbone.dropout  Dropout      (1, 16)                  0       0\n"
            "head.fc           Linear       (1, 10)                170     160\n"
            "\n"
            "parameters  6,806 (0.03 MiB)\n"
            "FLOPs       100,512 (100.5 kFLOPs), a multiplication with its addition counts as one\n");
}

TEST_F(SummaryCommand, TakesAShapeADepthAndOverrides) {
  const ProcessResult result = summary(
      {"--shape", "1,28,28", "--depth", "1", "model.backbone.hidden=32", "model.head.in_channels=32", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const nlohmann::json json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json["layers"].size(), 2u);
  EXPECT_EQ(json["layers"][0]["path"], "backbone");
  EXPECT_EQ(json["params"], 6806 + 16 * 393 + 16 * 10);
  EXPECT_EQ(json["input"], (nlohmann::json{1, 1, 28, 28}));
}

TEST_F(SummaryCommand, SaysHowToGiveAShapeWhereThereAreNoData) {
  std::filesystem::remove_all(path("data"));
  const ProcessResult result = summary({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("help: "));
  EXPECT_THAT(result.error, HasSubstr("while looking at the config's data for the shape of an input"));
  const ProcessResult wrong = summary({"--shape", "3x224"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_EQ(wrong.error,
            "millrace: --shape takes sizes between commas, got '3x224'\n  help: --shape 3,224,224 (channels, height, "
            "width)\n");
}

TEST_F(SummaryCommand, SaysThatItIsTheInputThatDoesNotFit) {
  const ProcessResult result =
      summary({"--shape", "1,28,28", "model.backbone={'_delete_': True, 'type': 'ResNet_CIFAR', 'depth': 20}"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, testing::StartsWith("millrace: the model does not take an input (1, 1, 28, 28): "));
  EXPECT_THAT(result.error, HasSubstr("help: --shape "));
}

}  // namespace
}  // namespace millrace
