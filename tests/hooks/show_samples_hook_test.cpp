#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/config/config.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::Contains;

/// The test of a model that names no task view: a note, and no error.
TEST(ShowSamplesHook, WarnsWhereNobodyKnowsHowPredictionsAreShown) {
  const ScratchFolder folder;
  const Config config = Config::from_string(R"(
model = dict(type='StandInModel')
test_dataloader = dict(
    batch_size=2, dataset=dict(type='StandInDataset', length=6), sampler=dict(type='DefaultSampler', shuffle=False))
test_cfg = dict()
test_evaluator = dict(type='StandInMetric')
custom_hooks = [dict(type='ShowSamplesHook', count=2), dict(type='TestReportHook')]
)",
                                            Config::Format::python, "shown.py");
  RunSurroundings surroundings;
  RunnerOptions options = bind_run_config(config, surroundings);
  options.work_dir = folder.path().string();
  Runner runner(std::move(options), std::move(surroundings));
  std::vector<std::string> warnings;
  runner.logger().to_callback([&](LogLevel level, std::string_view message) {
    if (level == LogLevel::warning) warnings.emplace_back(message);
  });
  runner.test();
  EXPECT_THAT(warnings, Contains("no samples are shown: the model has no task view"));
  EXPECT_FALSE(runner.hub().find_info("shown_samples"));
  EXPECT_FALSE(runner.hub().find_info("test_report"));
}

}  // namespace
}  // namespace millrace
