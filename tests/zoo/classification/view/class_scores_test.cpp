#include "millrace/zoo/classification/view/class_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::classification {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// sklearn.metrics.precision_recall_fscore_support of these counts:
/// precision (0.8, 0.6, 0), recall (0.66667, 0.75, 0), f1 (0.72727, 0.66667, 0), support (6, 4, 0).
CountMatrix three_classes() { return {.names = {"cat", "dog", "<cow>"}, .counts = {4, 2, 0, 1, 3, 0, 0, 0, 0}}; }

TEST(ClassScores, AreThoseOfEachClass) {
  const CountMatrix confusion = three_classes();
  EXPECT_THAT(scores_of_class(confusion, 0).precision, DoubleNear(80, 1e-9));
  EXPECT_THAT(scores_of_class(confusion, 0).recall, DoubleNear(66.66667, 1e-4));
  EXPECT_THAT(scores_of_class(confusion, 0).f1, DoubleNear(72.72727, 1e-4));
  EXPECT_THAT(scores_of_class(confusion, 1).precision, DoubleNear(60, 1e-9));
  EXPECT_THAT(scores_of_class(confusion, 1).recall, DoubleNear(75, 1e-9));
  EXPECT_EQ(scores_of_class(confusion, 1).support, 4);
}

TEST(ClassScores, OfAClassThatNeverComesAreZeros) {
  const ClassScores scores = scores_of_class(three_classes(), 2);
  EXPECT_EQ(scores.precision, 0);
  EXPECT_EQ(scores.recall, 0);
  EXPECT_EQ(scores.f1, 0);
}

TEST(ClassScores, AreATableForATerminal) {
  EXPECT_EQ(class_report(three_classes()),
            "class                precision  recall     f1  support\n"
            "cat                      80.00   66.67  72.73        6\n"
            "dog                      60.00   75.00  66.67        4\n"
            "<cow>                     0.00    0.00   0.00        0\n"
            "mean of all classes      46.67   47.22  46.46       10\n"
            "\n"
            "label \\ predicted  0  1  2\n"
            "0 cat              4  2  .\n"
            "1 dog              1  3  .\n"
            "2 <cow>            .  .  .\n");
}

TEST(ClassScores, OfManyClassesShowTheWorst) {
  CountMatrix many;
  for (int64_t k = 0; k < 60; ++k) many.names.push_back("class " + std::to_string(k));
  many.counts.assign(3600, 0);
  for (size_t k = 0; k < 60; ++k) many.counts[k * 61] = 10;
  many.counts[37 * 60 + 2] = 5;
  const std::string text = class_report(many);
  EXPECT_THAT(text, HasSubstr("the 20 of 60 classes with the lowest f1:"));
  EXPECT_THAT(text, HasSubstr("class 37 taken for class 2: 5 of 15"));
  EXPECT_THAT(text, Not(HasSubstr("class 59 ")));
}

TEST(ClassScores, AreATableOfAPage) {
  const ReportTable table = score_table(three_classes());
  EXPECT_THAT(table.rows.at(1), ElementsAre("dog", "60.00", "75.00", "66.67", "4"));
  EXPECT_THAT(table.rows.at(3), ElementsAre("mean", "46.67", "47.22", "46.46", "10"));
}

TEST(ClassScores, HaveTheirCountsInAFile) {
  EXPECT_EQ(counts_json({.names = {"a", "\xff"}, .counts = {1, 2, 3, 4}}),
            "{\"classes\":[\"a\",\"\uFFFD\"],\"counts\":[[1,2],[3,4]]}");
}

}  // namespace
}  // namespace millrace::classification
