#include "millrace/data/transforms/test_time_aug.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/flip.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "millrace/data/transforms/center_crop.h"
#include "millrace/data/transforms/random_flip.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Writes a letter behind those that are there, and a draw.
class Letter final : public Transform {
 public:
  explicit Letter(std::string letter) : letter_(std::move(letter)) {}
  void apply(Sample& sample, Rng& rng) const override {
    sample.set("text"_key, (sample.has("text"_key) ? sample.string("text"_key) : "") + letter_);
    sample.set("draw"_key, rng.uniform());
  }

 private:
  std::string letter_;
};

using Steps = std::vector<Component<Transform>>;
using Lists = std::vector<Steps>;

Steps letters(const std::string& all) {
  Steps list;
  for (const char letter : all) list.push_back(std::make_shared<Letter>(std::string(1, letter)));
  return list;
}

std::vector<Sample> views_of(const TestTimeAug& aug, Sample sample = {}) {
  Rng rng(0, Mode::test, 0);
  return aug.views(std::move(sample), rng);
}

TEST(TestTimeAug, CombinesAllListsTheLastOneFastest) {
  std::vector<std::string> texts;
  std::vector<double> draws;
  for (const Sample& view : views_of(TestTimeAug({.transforms = Lists{letters("ab"), letters("c"), letters("de")}}))) {
    texts.push_back(view.string("text"_key));
    draws.push_back(view.number("draw"_key));
  }
  EXPECT_THAT(texts, ElementsAre("acd", "ace", "bcd", "bce"));
  std::sort(draws.begin(), draws.end());
  EXPECT_EQ(std::unique(draws.begin(), draws.end()), draws.end());  // each draws for itself
}

TEST(TestTimeAug, LeavesTheSampleAndTheOtherViewsAsTheyAre) {
  const at::Tensor image = at::arange(16, at::kByte).view({4, 4});
  const at::Tensor before = image.clone();
  const std::vector<Sample> views =
      views_of(TestTimeAug({.transforms = Lists{{use<CenterCrop>({.crop_size = 4}), use<CenterCrop>({.crop_size = 2})},
                                                {use<RandomFlip>({.prob = 0.0}), use<RandomFlip>({.prob = 1.0})}}}),
               with_image(image));
  ASSERT_EQ(views.size(), 4);
  EXPECT_THAT(views[0].tensor(keys::img), SameTensor(before));
  EXPECT_THAT(views[1].tensor(keys::img), SameTensor(before.flip({1})));
  EXPECT_THAT(views[3].tensor(keys::img), SameTensor(before.narrow(0, 1, 2).narrow(1, 1, 2).flip({1})));
  EXPECT_THAT(image, SameTensor(before));
}

TEST(TestTimeAug, RefusesViewsOfViewsAndEmptyLists) {
  const Component<Transform> inner = use<TestTimeAug>({.transforms = Lists{letters("a")}});
  EXPECT_THAT(
      [&] {
        TestTimeAug({.transforms = Lists{letters("a"), {inner}}});
      },
      ThrowsMessage<Error>(HasSubstr("TestTimeAug can't be within TestTimeAug")));
  EXPECT_THAT(
      [] {
        TestTimeAug({.transforms = Lists{letters("a"), {}}});
      },
      ThrowsMessage<Error>(HasSubstr("transforms must not be empty")));
  EXPECT_THAT([] { TestTimeAug({.transforms = Lists()}); },
              ThrowsMessage<Error>(HasSubstr("transforms must not be empty")));
}

TEST(TestTimeAug, NamesTheViewThatFailed) {
  const Pipeline pipeline(
      Steps{use<TestTimeAug>({.transforms = Lists{letters("ab"), {use<CenterCrop>({.crop_size = 2})}}})});
  EXPECT_THAT([&] { pipeline.views(Sample(), Rng(0, Mode::test, 0)); },
              ThrowsMessage<Error>(HasSubstr("  in CenterCrop, at index 1 of the pipeline\n  of view 1 of 2\n"
                                             "  in TestTimeAug, at index 0 of the pipeline")));
}

}  // namespace
}  // namespace millrace
