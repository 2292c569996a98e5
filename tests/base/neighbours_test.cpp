#include "millrace/base/neighbours.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

// user, nice, system, idle, iowait, … in ticks, as proc(5) has them.
constexpr const char* kStat =
    "cpu  1000 200 300 9000 10 0 5 0 0 0\n"
    "cpu0 600 100 200 4000 10 0 5 0 0 0\n"
    "cpu1 350 50 100 4500 0 0 0 0 0 0\n"
    "cpu12 50 50 0 500 0 0 0 0 0 0\n"
    "intr 123456 1 2 3\n"
    "ctxt 99\n";

TEST(BusySeconds, CountTheUsableProcessorsAlone) {
  const std::vector<int> all = {0, 1, 12}, second = {1}, none = {7};
  EXPECT_DOUBLE_EQ(busy_seconds(kStat, all, 100), 15);
  EXPECT_DOUBLE_EQ(busy_seconds(kStat, second, 100), 5);
  EXPECT_DOUBLE_EQ(busy_seconds(kStat, second, 250), 2);
  EXPECT_DOUBLE_EQ(busy_seconds(kStat, none, 100), 0);
  EXPECT_DOUBLE_EQ(busy_seconds("", all, 100), 0);
  EXPECT_DOUBLE_EQ(busy_seconds("cpu1", all, 100), 0);
}

TEST(UsedByOthers, LeavesOutWhatThisProcessUsed) {
  EXPECT_DOUBLE_EQ(used_by_others({10, 100, 50}, {12, 104, 52}), 1);
  EXPECT_DOUBLE_EQ(used_by_others({10, 100, 50}, {12, 104, 54}), 0);
  EXPECT_DOUBLE_EQ(used_by_others({10, 100, 50}, {12, 103.9, 54}), 0) << "ticks are rounded";
  EXPECT_DOUBLE_EQ(used_by_others({10, 100, 50}, {10, 104, 52}), 0) << "no time between";
}

bool after(NeighbourJudge judge, const std::vector<double>& others) {
  bool crowded = false;
  for (const double each : others) crowded = judge.look(each);
  return crowded;
}

TEST(NeighbourJudge, WantsANeighbourTwice) {
  EXPECT_FALSE(after({2, 2}, {1}));
  EXPECT_TRUE(after({2, 2}, {1, 1}));
  EXPECT_FALSE(after({2, 2}, {1, 0, 1, 0, 1})) << "something short now and then";
  EXPECT_FALSE(after({2, 2}, std::vector<double>(100, 0.1))) << "a daemon";
}

TEST(NeighbourJudge, ForgetsANeighbourThatIsGoneForFourLooks) {
  EXPECT_TRUE(after({2, 2}, {1, 1, 0, 0, 0}));
  EXPECT_FALSE(after({2, 2}, {1, 1, 0, 0, 0, 0}));
  EXPECT_TRUE(after({2, 2}, {1, 1, 0, 0, 0, 1, 0, 0, 0}));
}

TEST(NeighbourJudge, MindsOnlyProcessorsThatOperatorsNeed) {
  EXPECT_FALSE(after({4, 8}, std::vector<double>(10, 4.0)));
  EXPECT_TRUE(after({4, 8}, {4.5, 4.5}));
  EXPECT_TRUE(after({8, 4}, {0.5, 0.5})) << "more threads than processors";
  EXPECT_FALSE(after({1, 2}, std::vector<double>(10, 1.0)));
}

}  // namespace
}  // namespace millrace
