#include "millrace/vis/task_view.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "millrace/structures/batch.h"

namespace millrace {
namespace {

class PlainView final : public TaskView {
 public:
  std::string line(const Sample& row, const State&, int64_t most) const override {
    return "depth " + std::to_string(row.integer(Key("pred_depth"))) + ", most " + std::to_string(most);
  }
  Value object(const Sample&, const State&, int64_t) const override { return Value::dict(); }
  RgbImage draw(const RgbImage& picture, const Sample&, const State&, const Drawing&) const override { return picture; }
};

TEST(TaskView, ShowsThePredictionAloneWhereItComparesNothing) {
  Sample row;
  row.set(Key("pred_depth"), 7);
  EXPECT_EQ(PlainView().comparison_title(), "prediction");
  EXPECT_EQ(PlainView().comparison(row, {}), "depth 7, most 1");
}

TEST(TaskView, ReportsNothingUnlessItDoes) {
  PlainView view;
  view.begin_report({});
  view.add_to_report(Batch(2));
  view.absorb(view.partial());
  const TestReport report = view.report();
  EXPECT_TRUE(report.text.empty() && report.sections.empty() && report.files.empty());
}

TEST(TaskView, IsShownABatchWithoutTheInputsOfTheNetwork) {
  Batch batch(2);
  batch.set(keys::img, Dense{at::ones({2, 1, 4, 4}, at::kByte)});
  batch.set(keys::inputs, Dense{at::ones({2, 1, 4, 4})});
  batch.set_positions({5, -1});
  const Batch shown = for_people(batch);
  EXPECT_TRUE(shown.has(keys::img));
  EXPECT_FALSE(shown.has(keys::inputs));
  EXPECT_EQ(shown.positions(), (std::vector<int64_t>{5, -1}));
  EXPECT_TRUE(batch.has(keys::inputs)) << "the hooks after this one see all of it";
}

TEST(TaskView, NamesALabelByTheClassesOfTheDataset) {
  const State meta = State::dict({{"classes", State::list({"hat", 3})}});
  EXPECT_EQ(class_name_of_label(meta, 0), "hat");
  EXPECT_EQ(class_name_of_label(meta, 1), "1") << "a class that is no text";
  EXPECT_EQ(class_name_of_label(meta, 2), "2");
  EXPECT_EQ(class_name_of_label(meta, -1), "-1");
  EXPECT_EQ(class_name_of_label({}, 4), "4");
}

}  // namespace
}  // namespace millrace
