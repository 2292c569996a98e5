#include "millrace/structures/instances.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/structures/batch.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

const Key kGroup("gt_instances"), kLabels("labels"), kPolygons("polygons"), kScores("scores");

/// Two instances in the first image, none in the second, three in the third: labels 0 to 4, and a name each.
Instances five() {
  Instances instances = Instances::of_images(std::array<int64_t, 3>{2, 0, 3});
  instances.set(kLabels, at::arange(5));
  instances.set_list(kPolygons, {State::list({"a", "b"}), State::list(), State::list({"c", "d", "e"})});
  return instances;
}

std::vector<std::string> names_of(const Instances& instances, size_t image) {
  std::vector<std::string> names;
  for (const State& item : instances.list(kPolygons)[image].items()) names.push_back(item.string());
  return names;
}

TEST(Instances, AreChosenByAMaskFromAllColumns) {
  const Instances chosen = five().select(at::tensor({1, 0, 0, 1, 1}).to(at::kBool));
  EXPECT_THAT(chosen.offsets(), SameTensor(at::tensor({0, 1, 1, 3}, at::kLong)));
  EXPECT_THAT(chosen.tensor(kLabels), SameTensor(at::tensor({0, 3, 4}, at::kLong)));
  EXPECT_THAT(names_of(chosen, 0), ElementsAre("a"));
  EXPECT_THAT(names_of(chosen, 2), ElementsAre("d", "e"));
}

TEST(Instances, AreChosenByPlacesWhoseOrderCountsWithinAnImage) {
  const Instances chosen = five().select(at::tensor({4, 1, 2, 0}, at::kLong));
  EXPECT_THAT(chosen.offsets(), SameTensor(at::tensor({0, 2, 2, 4}, at::kLong)));
  EXPECT_THAT(chosen.tensor(kLabels), SameTensor(at::tensor({1, 0, 4, 2}, at::kLong)));
  EXPECT_THAT(names_of(chosen, 2), ElementsAre("e", "c"));
}

TEST(Instances, OfOneImageAreViews) {
  const Instances third = five().row(2);
  EXPECT_EQ(third.images(), 1);
  EXPECT_THAT(third.tensor(kLabels), SameTensor(at::tensor({2, 3, 4}, at::kLong)));
  EXPECT_EQ(five().row(1).size(), 0);
}

TEST(Instances, AreChosenBySlicesAsInPython) {
  Instances four = Instances::of_images(std::array<int64_t, 1>{4});
  four.set(kLabels, at::arange(4));
  four.set_list(kPolygons, {State::list({"p", "q", "r", "s"})});
  // What MMEngine's InstanceData gives for the same places.
  const std::pair<Slice, std::vector<int64_t>> cases[] = {{Slice(-1), {3}},           {Slice(3), {3}},
                                                          {Slice({}, {}, 2), {0, 2}}, {Slice(-2, {}), {2, 3}},
                                                          {Slice(1, 100), {1, 2, 3}}, {Slice(3, 1), {}}};
  for (const auto& [slice, places] : cases) {
    const Instances chosen = four.slice(slice);
    EXPECT_THAT(chosen.tensor(kLabels), SameTensor(at::tensor(places, at::kLong)));
    EXPECT_EQ(chosen.list(kPolygons)[0].items().size(), places.size());
  }
  EXPECT_THAT(names_of(four.slice(Slice({}, {}, 2)), 0), ElementsAre("p", "r"));
  EXPECT_THAT(four.select(at::tensor({-1, 0}, at::kLong)).tensor(kLabels), SameTensor(at::tensor({3, 0}, at::kLong)));
  EXPECT_THAT(five().slice(Slice(1, 4)).offsets(), SameTensor(at::tensor({0, 1, 1, 3}, at::kLong)));
  EXPECT_THAT([&] { (void)four.slice(4); }, ThrowsMessage<Error>("there is no place 4 among 4"));
  EXPECT_THAT([&] { (void)four.slice(-5); }, ThrowsMessage<Error>("there is no place -5 among 4"));
  EXPECT_THAT([&] { (void)four.slice(Slice({}, {}, -1)); },
              ThrowsMessage<Error>("the step of a slice must be at least 1, got -1"));
}

TEST(Instances, AreConvertedInAllColumns) {
  Instances instances = five();
  instances.set_list(kScores, {at::ones({2}), at::ones({0}), State::list({at::ones({}), 2, "c"})});
  const Instances halves = instances.converted(as_dtype(at::kDouble));
  EXPECT_EQ(halves.tensor(kLabels).scalar_type(), at::kDouble);
  EXPECT_EQ(halves.list(kScores)[0].tensor().scalar_type(), at::kDouble);
  EXPECT_EQ(halves.list(kScores)[2].items()[0].tensor().scalar_type(), at::kDouble);
  EXPECT_EQ(halves.list(kScores)[2].items()[2].string(), "c");
  EXPECT_EQ(instances.tensor(kLabels).scalar_type(), at::kLong);
}

TEST(Instances, ArePutTogetherImageByImage) {
  const Instances both = Instances::cat(std::vector{five(), five().select(at::tensor({0, 0, 1, 0, 0}).to(at::kBool))});
  EXPECT_THAT(both.offsets(), SameTensor(at::tensor({0, 2, 2, 6}, at::kLong)));
  EXPECT_THAT(both.tensor(kLabels), SameTensor(at::tensor({0, 1, 2, 3, 4, 2}, at::kLong)));
  EXPECT_THAT(names_of(both, 2), ElementsAre("c", "d", "e", "c"));
  EXPECT_TRUE(Instances::cat(std::vector{five()}).tensor(kLabels).equal(at::arange(5)));
}

TEST(Instances, SayWhatDoesNotFit) {
  Instances instances = five();
  EXPECT_THAT([&] { instances.set(kScores, at::ones({4})); },
              ThrowsMessage<Error>("'scores' has 4 rows for 5 instances"));
  EXPECT_THAT(
      [&] {
        instances.set_list(kScores, {State::list({1, 2}), State::list({3}), State::list()});
      },
      ThrowsMessage<Error>("'scores' has 1 rows for the 0 instances of image 1"));
  EXPECT_THAT([&] { instances.tensor(kScores); },
              ThrowsMessage<Error>("the instances have no 'scores'; they have: labels, polygons"));
  EXPECT_THAT([&] { (void)instances.select(at::ones({4}).to(at::kBool)); },
              ThrowsMessage<Error>("a mask of 4 elements can't choose from 5 instances"));
  EXPECT_THAT([&] { (void)instances.select(at::tensor({5}, at::kLong)); },
              ThrowsMessage<Error>("there is no instance 5 among 5"));
  Instances others = Instances::of_images(std::array<int64_t, 3>{1, 1, 1});
  others.set(kScores, at::ones({3}));
  EXPECT_THAT(
      [&] {
        Instances::cat(std::vector{five(), others});
      },
      ThrowsMessage<Error>("instances with labels, polygons and with scores can't be put together"));
}

TEST(Batch, GivesAndTakesInstancesOfAGroup) {
  std::vector<Sample> samples(2);
  for (int64_t i = 0; i < 2; ++i) {
    samples[static_cast<size_t>(i)].set("img"_key, at::zeros({2, 2}));
    samples[static_cast<size_t>(i)].set_rows("gt_instances.labels"_key, at::arange(i + 1));
    samples[static_cast<size_t>(i)].set_row_list("gt_instances.masks"_key, at::ones({i + 1, 2 + i, 2}));
  }
  Batch batch = Batch::from(samples);
  const Instances truth = batch.instances(kGroup);
  EXPECT_EQ(truth.size(), 3);
  EXPECT_TRUE(truth.offsets().is_same(batch.row_list("gt_instances.masks"_key).offsets));
  EXPECT_TRUE(truth.tensor(kLabels).is_same(batch.ragged("gt_instances.labels"_key).values));

  batch.set_instances(kGroup, truth.select(at::tensor({0, 1, 1}).to(at::kBool)));
  EXPECT_THAT(batch.ragged("gt_instances.labels"_key).values, SameTensor(at::tensor({0, 1}, at::kLong)));
  EXPECT_EQ(batch.row(0).instances(kGroup).size(), 0);
  EXPECT_THAT(batch.row(1).tensor("gt_instances.masks"_key).sizes(), ElementsAre(2, 3, 2));
  EXPECT_THAT([&] { batch.instances("pred_instances"_key); },
              ThrowsMessage<Error>("the batch has no instances 'pred_instances'"));
  batch.set("gt_instances.scores"_key, Ragged{at::ones({2}), at::tensor({0, 1, 2}, at::kLong)});
  EXPECT_THAT([&] { batch.instances(kGroup); },
              ThrowsMessage<Error>("the columns of 'gt_instances' have different numbers of instances"));
}

TEST(Sample, GivesAndTakesInstancesOfAGroup) {
  Sample sample;
  sample.set_rows("gt_instances.labels"_key, at::arange(3));
  sample.set_row_list("gt_instances.polygons"_key, State::list({"a", "b", "c"}));
  sample.set_instances(kGroup, sample.instances(kGroup).select(at::tensor({2, 0}, at::kLong)));
  EXPECT_THAT(sample.tensor("gt_instances.labels"_key), SameTensor(at::tensor({2, 0}, at::kLong)));
  EXPECT_EQ(sample.find("gt_instances.polygons"_key)->items()[0].string(), "c");
  EXPECT_THAT([&] { sample.set_rows("x"_key, at::zeros({})); },
              ThrowsMessage<Error>("'x' is not a tensor of rows (n, …): one row per instance"));
  EXPECT_THAT([&] { sample.set_row_list("x"_key, 1); },
              ThrowsMessage<Error>("'x' is neither a tensor (n, …) nor a list of n: one per instance"));
}

}  // namespace
}  // namespace millrace
