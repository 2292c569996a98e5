#include "millrace/hooks/logger_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "millrace/eval/metric.h"
#include "millrace/io/file.h"
#include "millrace/log/logger.h"
#include "millrace/runner/eval_loop.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

class CountOfRows final : public Metric {
 public:
  CountOfRows() : Metric("count") {}
  void process(const Batch& batch) override { rows_ += batch.size(); }
  State partial() const override { return rows_; }
  void absorb(const State& other) override { rows_ += other.integer(); }
  MetricMap compute() override {
    MetricMap metrics;
    metrics.add("rows", rows_);
    return metrics;
  }
  void reset() override { rows_ = 0; }

 private:
  int64_t rows_ = 0;
};

/// Runs of six iterations an epoch, with a validation after each and a LoggerHook of these options.
class LoggerHookTest : public testing::Test {
 protected:
  HostedRun& make(const LoggerHook::Options& logger, int64_t epochs = 1) {
    run_ = std::make_unique<HostedRun>(folder_.path(), epochs, [&](RunnerOptions& options) {
      options.experiment_name = "a_test";
      options.val_dataloader = options.test_dataloader = options.train_dataloader;
      options.val_cfg = use<ValLoop>();
      options.test_cfg = use<TestLoop>();
      options.val_evaluator = options.test_evaluator = {std::make_shared<CountOfRows>()};
      options.default_hooks.remove("logger");
    });
    run_->runner->add_hook(std::make_shared<LoggerHook>(logger));
    run_->runner->logger().to_callback([this](LogLevel, std::string_view message) { lines_.emplace_back(message); });
    return *run_;
  }

  /// The beginnings of the lines of the loops, up to the position.
  std::vector<std::string> positions() const {
    std::vector<std::string> out;
    for (const std::string& line : lines_)
      if (line.starts_with("Epoch(") || line.starts_with("Iter("))
        out.push_back(line.substr(0, line.find_last_of(']', line.find("  ")) + 1));
    return out;
  }

  int64_t lines_with(const std::string& text) const {
    return std::count_if(lines_.begin(), lines_.end(),
                         [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  ScratchFolder folder_;
  std::unique_ptr<HostedRun> run_;
  std::vector<std::string> lines_;
};

TEST_F(LoggerHookTest, WritesALineAtEachIntervalAndAfterAValidation) {
  make({.interval = 2}).runner->train();
  EXPECT_THAT(positions(),
              ElementsAre("Epoch(train) [1][2/6]", "Epoch(train) [1][4/6]", "Epoch(train) [1][6/6]",
                          "Epoch(val) [1][2/6]", "Epoch(val) [1][4/6]", "Epoch(val) [1][6/6]", "Epoch(val) [1][6/6]"));
}

TEST_F(LoggerHookTest, LeavesOutALastIterationThatNoIntervalEndsAtUnlessTold) {
  make({.interval = 4}).runner->train();
  EXPECT_EQ(lines_with("Epoch(train) [1][6/6]"), 0);
  lines_.clear();
  make({.interval = 4, .ignore_last = false}).runner->train();
  EXPECT_EQ(lines_with("Epoch(train) [1][6/6]"), 1);
  lines_.clear();
  make({.interval = 10}).runner->train();
  EXPECT_EQ(lines_with("Epoch(train) [1][6/6]"), 1) << "the interval is longer than the epoch";
}

TEST_F(LoggerHookTest, NamesTheExperimentAtItsOwnIntervalAndAtTheEndOfAnEpoch) {
  make({.interval = 10, .interval_exp_name = 4}, 2).runner->train();
  EXPECT_EQ(lines_with("Exp name: a_test"), 4);  // iterations 4, 6, 8, 12
}

TEST_F(LoggerHookTest, WritesTheFiguresOfATestIntoAFile) {
  HostedRun& run = make({});
  run.runner->test();
  const auto& folder = run.runner->run_folder();
  const auto figures = nlohmann::json::parse(io::read_file((folder.path() / (folder.name() + ".json")).string()));
  EXPECT_EQ(figures["count/rows"], 60);
  EXPECT_TRUE(figures["count/rows"].is_number_integer());
}

TEST_F(LoggerHookTest, CountsValidationsInEpochsOrInIterations) {
  const auto step_of_validation = [&](bool by_epoch) {
    HostedRun& run = make({.log_metric_by_epoch = by_epoch}, 1);
    run.runner->train();
    std::istringstream lines(io::read_file((run.runner->run_folder().path() / "vis_data" / "scalars.json").string()));
    for (std::string line; std::getline(lines, line);)
      if (const auto record = nlohmann::json::parse(line); record.contains("count/rows"))
        return record["step"].get<int>();
    return -1;
  };
  EXPECT_EQ(step_of_validation(true), 1);
  EXPECT_EQ(step_of_validation(false), 6);
}

TEST(LoggerHook, RefusesIntervalsBelowOne) {
  EXPECT_THAT([] { LoggerHook({.interval = 0}); }, ThrowsMessage<Error>("interval must be at least 1, got 0"));
  EXPECT_THAT([] { LoggerHook({.interval_exp_name = 0}); },
              ThrowsMessage<Error>("interval_exp_name must be at least 1, got 0"));
}

}  // namespace
}  // namespace millrace
