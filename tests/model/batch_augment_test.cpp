#include "millrace/model/batch_augment.h"

#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "millrace/structures/batch.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Counts its calls.
class CountedAugment final : public BatchAugment {
 public:
  void apply(Batch&, Rng&) const override { ++calls; }
  mutable int calls = 0;
};

struct TwoAugments {
  /// The calls of both for 2000 batches.
  std::pair<int, int> calls(std::optional<OneOrMany<double>> probs) {
    using Augments = std::vector<Component<BatchAugment>>;
    const RandomBatchAugment random({.augments = OneOrMany(Augments{first, second}), .probs = std::move(probs)});
    Batch batch(1);
    for (uint64_t ordinal = 0; ordinal < 2000; ++ordinal) {
      Rng rng(0, Mode::train, ordinal);
      random.apply(batch, rng);
    }
    return {first->calls, second->calls};
  }
  std::shared_ptr<CountedAugment> first = std::make_shared<CountedAugment>(),
                                  second = std::make_shared<CountedAugment>();
};

TEST(RandomBatchAugment, GivesEachItsShareOfTheBatches) {
  const auto [first, second] = TwoAugments().calls({{0.5, 0.3}});
  EXPECT_NEAR(first, 1000, 90);  // four standard deviations
  EXPECT_NEAR(second, 600, 82);
}

TEST(RandomBatchAugment, WithoutProbabilitiesLeavesNoBatchOut) {
  const auto [first, second] = TwoAugments().calls({});
  EXPECT_EQ(first + second, 2000);
  EXPECT_NEAR(first, 1000, 90);
}

TEST(RandomBatchAugment, RefusesProbabilitiesThatDoNotFit) {
  EXPECT_THAT([] { TwoAugments().calls({{0.5}}); },
              ThrowsMessage<Error>(HasSubstr("RandomBatchAugment has 1 probabilities for 2 augments")));
  EXPECT_THAT(
      [] {
        TwoAugments().calls({{0.7, 0.4}});
      },
      ThrowsMessage<Error>(HasSubstr("the probabilities of RandomBatchAugment add up to more than 1")));
}

}  // namespace
}  // namespace millrace
