#include "millrace/zoo/classification/view/classification_view.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

State clothes() { return State::dict({{"classes", State::list({"hat", "shoe", "coat"})}}); }

Sample row(std::vector<double> scores, std::optional<int64_t> truth = {}) {
  Sample row;
  row.set(keys::pred_score, at::tensor(scores));
  row.set(keys::pred_label, at::tensor(scores).argmax());
  if (truth) row.set(keys::gt_label, at::tensor(*truth));
  return row;
}

Batch tested(std::vector<int64_t> truth, std::vector<int64_t> predicted) {
  Batch batch(static_cast<int64_t>(truth.size()));
  batch.set(keys::gt_label, Dense{at::tensor(truth)});
  batch.set(keys::pred_label, Dense{at::tensor(predicted)});
  return batch;
}

TEST(ClassificationView, NamesTheBestClassesOnALine) {
  EXPECT_EQ(ClassificationView().line(row({0.04, 0.9318, 0.0282}), clothes(), 2), "shoe 93.2%, hat 4.0%");
  EXPECT_EQ(ClassificationView().line(row({0.25, 0.75}), {}, 1), "1 75.0%");
}

TEST(ClassificationView, IsAnObjectOfItsBestClasses) {
  const Value object = ClassificationView().object(row({0.25, 0.75}), clothes(), 2);
  EXPECT_EQ(object.repr(200),
            "{'label': 1, 'class': 'shoe', 'score': 0.75, 'top': [{'label': 1, 'class': 'shoe', 'score': 0.75}, "
            "{'label': 0, 'class': 'hat', 'score': 0.25}]}");
}

TEST(ClassificationView, ComparesPredictionAndTruth) {
  const ClassificationView view;
  EXPECT_EQ(view.comparison_title(), "truth           prediction       score");
  EXPECT_EQ(view.comparison(row({0.25, 0.75}, 1), clothes()), "shoe            shoe             0.750");
  EXPECT_EQ(view.comparison(row({0.25, 0.75}, 0), clothes()), "hat             shoe             0.750  wrong");
  EXPECT_EQ(view.comparison(row({0.25, 0.75}), clothes()), "");
}

/// The bar behind the class is green where it is right and red where it is wrong; without a truth it is blue.
TEST(ClassificationView, ColoursWhatIsRightAndWhatIsWrong) {
  const RgbImage grey(100, 100, {128, 128, 128});
  const auto bar = [&](const Sample& row) {
    const RgbImage drawn = ClassificationView().draw(grey, row, clothes(), {.longer_edge = 100});
    EXPECT_GT(drawn.height(), 100);
    for (int64_t y = 100; y < drawn.height(); ++y)
      for (const Rgb colour : {Rgb{5, 110, 75}, Rgb{178, 40, 30}, Rgb{38, 92, 138}})
        if (drawn.pixel(3, y) == colour) return colour;
    return Rgb{};
  };
  EXPECT_EQ(bar(row({0.25, 0.75}, 1)), (Rgb{5, 110, 75}));
  EXPECT_EQ(bar(row({0.25, 0.75}, 0)), (Rgb{178, 40, 30}));
  EXPECT_EQ(bar(row({0.25, 0.75})), (Rgb{38, 92, 138}));
}

TEST(ClassificationView, DrawsWhatIsAskedFor) {
  const RgbImage grey(100, 100, {128, 128, 128});
  const auto height = [&](TaskView::Drawing drawing) {
    drawing.longer_edge = 100;
    return ClassificationView().draw(grey, row({0.25, 0.75}, 1), clothes(), drawing).height();
  };
  const int64_t nothing = height({.truth = false, .prediction = false}), one = height({.truth = false});
  EXPECT_GT(one, nothing);
  EXPECT_EQ(height({.prediction = false}), one);
  EXPECT_GT(height({}), one);
  EXPECT_EQ(height({.most = 2, .truth = false}), height({}));
}

TEST(ClassificationView, ReportsTheClassesOfATest) {
  ClassificationView view;
  view.begin_report(clothes());
  view.add_to_report(tested({0, 0, 1}, {0, 1, 1}));
  view.add_to_report(tested({2, 2}, {2, 0}));
  const TestReport report = view.report();
  EXPECT_THAT(report.text, HasSubstr("mean of all classes"));
  ASSERT_THAT(report.files, SizeIs(2));
  EXPECT_EQ(report.files[0].name, "classes.json");
  EXPECT_EQ(report.files[0].content,
            "{\"classes\":[\"hat\",\"shoe\",\"coat\"],\"counts\":[[1,1,0],[0,1,0],[1,0,1]]}\n");
  EXPECT_EQ(report.files[1].name, "confusion_matrix.svg");
  EXPECT_EQ(report.files[1].title, "confusion matrix");
  ASSERT_THAT(report.sections, SizeIs(1));
  EXPECT_EQ(report.sections[0].title, "Classes");
  EXPECT_THAT(report.sections[0].parts, SizeIs(2));

  view.begin_report(clothes());
  EXPECT_THAT(view.report().text, IsEmpty()) << "a second test begins anew";
}

TEST(ClassificationView, ReportsOfAllRanksWhatOneProcessWould) {
  ClassificationView whole, first, second, idle;
  for (ClassificationView* view : {&whole, &first, &second, &idle}) view->begin_report(clothes());
  for (ClassificationView* view : {&whole, &first}) view->add_to_report(tested({0, 0, 1}, {0, 1, 1}));
  for (ClassificationView* view : {&whole, &second}) view->add_to_report(tested({2, 2}, {2, 0}));
  ClassificationView main;
  main.begin_report(clothes());
  for (ClassificationView* view : {&idle, &first, &second}) main.absorb(view->partial());
  EXPECT_EQ(main.report().text, whole.report().text);
  EXPECT_EQ(main.report().files[0].content, whole.report().files[0].content);
}

TEST(ClassificationView, TakesTheClassFromTheScoresOfAModelThatNamesNone) {
  Batch batch(2);
  batch.set(keys::gt_label, Dense{at::tensor({0, 1}, at::kLong)});
  batch.set(keys::pred_score, Dense{at::tensor({0.9F, 0.1F, 0.8F, 0.2F}).view({2, 2})});
  ClassificationView view;
  view.begin_report({});
  view.add_to_report(batch);
  EXPECT_EQ(view.report().files.at(0).content, "{\"classes\":[\"0\",\"1\"],\"counts\":[[1,0],[1,0]]}\n");
}

TEST(ClassificationView, ReportsNothingWhereTheNumberOfClassesIsNotKnown) {
  ClassificationView view;
  view.begin_report({});
  view.add_to_report(tested({0, 1}, {0, 1}));
  EXPECT_THAT(view.report().text, IsEmpty());
  EXPECT_THAT(view.report().files, IsEmpty());
}

}  // namespace
}  // namespace millrace::classification
