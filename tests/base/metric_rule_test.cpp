#include "millrace/base/metric_rule.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(GreaterIsBetter, IsToldByTheNameCaseAside) {
  EXPECT_EQ(greater_is_better("accuracy/top1"), true);
  EXPECT_EQ(greater_is_better("coco/bbox_map_50"), true);
  EXPECT_EQ(greater_is_better("Val_Loss"), false);
  for (const char* name : {"RMSE", "confidence", ""}) EXPECT_EQ(greater_is_better(name), std::nullopt) << name;
}

TEST(GreaterIsBetter, IsToldByTheGivenKeysFirst) {
  EXPECT_EQ(greater_is_better("rmse", std::nullopt, {{"rmse"}}), false);
  EXPECT_EQ(greater_is_better("top_error", {{"score"}}, {{"error"}}), false);
  // A whole name goes before a part.
  EXPECT_EQ(greater_is_better("top_error", std::nullopt, {{"top_error"}}), false);
}

}  // namespace
}  // namespace millrace
