#include "millrace/cli/lr_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

ScheduleSeries of_epochs(int64_t epochs, int64_t iters_per_epoch) {
  ScheduleSeries series{.iters = epochs * iters_per_epoch, .iters_per_epoch = iters_per_epoch};
  OptimSeries one;
  for (int64_t i = 0; i < series.iters; ++i) one.lr.push_back(0.5 + static_cast<double>(i));
  series.optims = {one};
  return series;
}

TEST(LrText, HasAnObjectForEachNamedOptimizer) {
  ScheduleSeries series = of_epochs(1, 2);
  series.optims[0].optim = "critic";
  series.optims[0].momentum = {0.9, 0.25};
  EXPECT_EQ(lr_json(series), "{\"critic\": {\"lr\": [0.5, 1.5], \"momentum\": [0.9, 0.25]}}\n");
  EXPECT_EQ(lr_table(series),
            "1 epoch of 2 iterations\n\n"
            "iteration  epoch  critic.lr  critic.momentum\n"
            "        1      1        0.5              0.9\n"
            "        2      1        1.5             0.25\n");
}

TEST(LrText, IsJsonWhateverTheValues) {
  ScheduleSeries series = of_epochs(1, 2);
  series.optims[0].lr[1] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(lr_json(series), "{\"lr\": [0.5, null], \"momentum\": null}\n");
}

TEST(LrText, ShowsAboutADozenOfManyIterations) {
  const auto rows = [](const ScheduleSeries& series) {
    const std::string table = lr_table(series);
    return std::count(table.begin(), table.end(), '\n') - 3;
  };
  EXPECT_EQ(rows(of_epochs(12, 1000)), 13);
  EXPECT_EQ(rows(of_epochs(300, 100)), 13);
  EXPECT_EQ(rows(of_epochs(1, 1)), 1);
  EXPECT_THAT(lr_table(of_epochs(300, 100)), HasSubstr("\n    30000    300  29999.5\n"));
  ScheduleSeries by_iteration = of_epochs(1, 50);
  by_iteration.by_epoch = false;
  EXPECT_THAT(lr_table(by_iteration), testing::StartsWith("50 iterations\n\niteration    lr\n"));
}

TEST(LrText, OfATrainingOfNoIterationsIsEmpty) {
  EXPECT_EQ(lr_json(of_epochs(0, 5)), "{\"lr\": [], \"momentum\": null}\n");
  EXPECT_EQ(lr_table(of_epochs(0, 5)), "0 epochs of 5 iterations\n");
}

TEST(LrText, DrawsMomentaWhereThereAreSome) {
  ScheduleSeries series = of_epochs(1, 2);
  EXPECT_THAT(lr_charts(series), SizeIs(1));
  series.optims[0].momentum = {0.9, 0.8};
  const std::vector<Chart> charts = lr_charts(series);
  ASSERT_THAT(charts, SizeIs(2));
  EXPECT_EQ(charts[1].title, "momentum");
  EXPECT_EQ(charts[1].lines[0].points[1].x, 2);
  EXPECT_EQ(charts[1].lines[0].points[1].y, 0.8);
}

}  // namespace
}  // namespace millrace
