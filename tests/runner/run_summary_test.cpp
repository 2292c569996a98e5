#include "millrace/runner/run_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/runner/save.h"

namespace millrace {
namespace {

const double kNan = std::nan("");

/// What is known after validations behind epochs 1, 2, … of ten iterations, which gave these values.
RunResults results_of(const std::vector<double>& values, const std::string& metric) {
  RunResults results;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto epoch = static_cast<int64_t>(i + 1);
    results.validated({{"other", 1}, {metric, values[i]}}, epoch, 10 * epoch, {});
  }
  return results;
}

double best_of(const std::vector<double>& values, const std::string& metric, bool greater) {
  RunResults results;
  results.choose(metric, greater);
  for (double value : values) results.validated({{"other", 1}, {metric, value}}, 1, 1, {});
  return results.best().value.value_or(-1);
}

TEST(RunResults, TakeTheChosenMetricAndItsRule) {
  EXPECT_EQ(best_of({0.5, 0.75, 0.25}, "RMSE", /*greater=*/false), 0.25);
  EXPECT_EQ(best_of({0.5, 0.75, 0.25}, "confidence", /*greater=*/true), 0.75);
}

TEST(RunResults, NeverTakeANanForTheBest) {
  EXPECT_EQ(best_of({kNan, 0.5, 0.25}, "accuracy", true), 0.5);
  EXPECT_EQ(best_of({kNan, 0.5, 0.25}, "loss", false), 0.25);
  EXPECT_EQ(best_of({0.5, kNan, 0.25, 0.75}, "accuracy", true), 0.75);
  EXPECT_EQ(best_of({kNan, kNan}, "accuracy", true), -1);
}

TEST(RunResults, NeverTakeAnInfiniteFigureForTheBest) {
  EXPECT_EQ(best_of({INFINITY, 0.5}, "accuracy", true), 0.5);
  EXPECT_EQ(best_of({-INFINITY, 0.5}, "loss", false), 0.5);
}

TEST(RunResults, NeverTakeAFigureOfBrokenWeightsForTheBest) {
  RunResults results;
  results.choose("accuracy", true);
  results.validated({{"accuracy", 50.0}}, 1, 10, {});
  results.validated({{"accuracy", 100.0}}, 2, 20, {}, RunResults::Weights::broken);
  EXPECT_EQ(results.best().value, 50.0);
  EXPECT_EQ(results.last(2, 20).value, 100.0);
}

TEST(RunResults, TakeTheFirstMetricWhereNoneIsChosen) {
  const RunResults results = results_of({0.5, 0.75}, "accuracy");
  EXPECT_EQ(results.best().metric, "other");
  EXPECT_EQ(results.best().rule, "") << "the name does not say which is better";
  RunResults by_name;
  by_name.validated({{"val_loss", 0.5}}, 1, 10, {});
  by_name.validated({{"val_loss", 0.75}}, 2, 20, {});
  EXPECT_EQ(by_name.best().rule, "less");
  EXPECT_EQ(by_name.best().epoch, 1);
}

TEST(RunResults, KnowTheCheckpointsOfTheBestAndTheLast) {
  RunResults results;
  results.choose("accuracy", true);
  results.saves("/runs/epoch_1.pth", 10);
  SaveRequest best{"/runs/best_accuracy_epoch_1.pth"};
  best.best_of = "accuracy";
  SaveRequest other{"/runs/best_f1_epoch_1.pth"};
  other.best_of = "f1";
  results.validated({{"accuracy", 50.0}}, 1, 10, std::vector{other, best});
  EXPECT_EQ(results.best().checkpoint, "/runs/best_accuracy_epoch_1.pth");
  EXPECT_EQ(results.last(1, 10).checkpoint, "/runs/epoch_1.pth");
  results.saves("/runs/iter_14.pth", 14);
  const RunSummary::Result last = results.last(1, 14);
  EXPECT_EQ(last.checkpoint, "/runs/iter_14.pth");
  EXPECT_EQ(last.iter, 14);
  EXPECT_EQ(last.value, std::nullopt) << "there was no validation here";
  EXPECT_EQ(last.metric, "accuracy");
}

TEST(RunResults, GoOnAfterAResume) {
  RunResults before;
  before.choose("accuracy", true);
  before.saves("/runs/epoch_1.pth", 10);
  before.validated({{"accuracy", 50.0}, {"f1", kNan}}, 1, 10, {});
  RunResults after;
  after.load_state_dict(before.state_dict());
  EXPECT_TRUE(after.best().state().equals(before.best().state()));
  EXPECT_TRUE(after.last(1, 10).state().equals(before.last(1, 10).state()));
  EXPECT_TRUE(after.metrics().state().equals(before.metrics().state()));
}

}  // namespace
}  // namespace millrace
