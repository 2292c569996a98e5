#include "millrace/picture/confusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

/// sklearn.metrics.precision_recall_fscore_support of these counts:
/// precision (0.8, 0.6, 0), recall (0.66667, 0.75, 0), f1 (0.72727, 0.66667, 0), support (6, 4, 0).
Confusion three_classes() { return {{"cat", "dog", "<cow>"}, {4, 2, 0, 1, 3, 0, 0, 0, 0}}; }

TEST(Confusion, GivesTheScoresOfEachClass) {
  const Confusion confusion = three_classes();
  EXPECT_THAT(confusion.scores(0).precision, DoubleNear(80, 1e-9));
  EXPECT_THAT(confusion.scores(0).recall, DoubleNear(66.66667, 1e-4));
  EXPECT_THAT(confusion.scores(0).f1, DoubleNear(72.72727, 1e-4));
  EXPECT_THAT(confusion.scores(1).precision, DoubleNear(60, 1e-9));
  EXPECT_THAT(confusion.scores(1).recall, DoubleNear(75, 1e-9));
  EXPECT_EQ(confusion.scores(1).support, 4);
}

TEST(Confusion, OfAClassThatNeverComesHasZeros) {
  const Confusion::Scores scores = three_classes().scores(2);
  EXPECT_EQ(scores.precision, 0);
  EXPECT_EQ(scores.recall, 0);
  EXPECT_EQ(scores.f1, 0);
}

TEST(Confusion, IsATableForATerminal) {
  EXPECT_EQ(confusion_text(three_classes()),
            "class                precision  recall     f1  support\n"
            "cat                      80.00   66.67  72.73        6\n"
            "dog                      60.00   75.00  66.67        4\n"
            "<cow>                     0.00    0.00   0.00        0\n"
            "mean of all classes      46.67   47.22  46.46       10\n"
            "\n"
            "truth \\ said  0  1  2\n"
            "0 cat         4  2  .\n"
            "1 dog         1  3  .\n"
            "2 <cow>       .  .  .\n");
}

TEST(Confusion, OfManyClassesShowsTheWorst) {
  Confusion many;
  for (int64_t k = 0; k < 60; ++k) many.classes.push_back("class " + std::to_string(k));
  many.counts.assign(3600, 0);
  for (size_t k = 0; k < 60; ++k) many.counts[k * 61] = 10;
  many.counts[37 * 60 + 2] = 5;
  const std::string text = confusion_text(many);
  EXPECT_THAT(text, HasSubstr("the 20 of 60 classes with the lowest f1:"));
  EXPECT_THAT(text, HasSubstr("class 37 taken for class 2: 5 of 15"));
  EXPECT_THAT(text, Not(HasSubstr("class 59 ")));
}

TEST(Confusion, IsDrawnWithItsNamesEscaped) {
  const std::string svg = confusion_svg(three_classes(), "a & b");
  EXPECT_THAT(svg, HasSubstr("a &amp; b"));
  EXPECT_THAT(svg, HasSubstr("&lt;cow&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("<cow>")));
  EXPECT_THAT(svg, HasSubstr("cat taken for dog: 2 of 6"));
}

TEST(Confusion, CutsLongNamesBetweenCharacters) {
  Confusion confusion = three_classes();
  confusion.classes[0] = std::string(23, 'a') + "\u00e9";  // two bytes, the second of which is the 25th
  const std::string svg = confusion_svg(confusion, "");
  EXPECT_THAT(svg, HasSubstr(">" + std::string(23, 'a') + "</text>"));
}

TEST(Confusion, SurvivesItsFile) {
  const Confusion before = three_classes();
  const Confusion after = confusion_from_json(confusion_json(before), "classes.json");
  EXPECT_EQ(after.classes, before.classes);
  EXPECT_EQ(after.counts, before.counts);
}

TEST(Confusion, RefusesAFileOfSomethingElse) {
  for (const char* text :
       {"", "[]", "{\"classes\": [\"a\"], \"counts\": [[1, 2]]}", "{\"classes\": [], \"counts\": []}",
        "{\"classes\": [\"a\"], \"counts\": [[-1]]}", "{\"classes\": [1], \"counts\": [[1]]}"})
    EXPECT_THAT([&] { confusion_from_json(text, "x.json"); },
                ThrowsMessage<Error>(HasSubstr("x.json: this is no table of classes and counts")))
        << text;
}

}  // namespace
}  // namespace millrace
