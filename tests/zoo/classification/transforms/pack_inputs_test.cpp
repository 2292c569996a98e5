#include "millrace/zoo/classification/transforms/pack_inputs.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/zoo/classification/keys.h"
#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"

namespace millrace::classification {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

TEST(PackInputs, TurnsTheImageAndDropsTheRest) {
  Sample sample;
  sample.set(keys::img, at::arange(12, at::kByte).view({2, 2, 3}));
  sample.set(keys::gt_label, 4);
  sample.set("flip"_key, true);
  sample.set("channel_order"_key, "bgr");
  sample.set("instances"_key, State::list());
  sample = applied(PackInputs(), sample);
  EXPECT_THAT(sample.tensor(keys::img), SameTensor(at::arange(12, at::kByte).view({2, 2, 3}).permute({2, 0, 1})));
  std::vector<std::string> names;
  for (const auto& field : sample.fields()) names.push_back(field.key.name());
  EXPECT_THAT(names, ElementsAre("img", "gt_label", "flip", "channel_order"));
}

TEST(PackInputs, KeepsWhatTheModelNeeds) {
  Sample sample;
  sample.set("depth"_key, at::ones({2, 3}));
  sample.set("text"_key, "a boot");
  sample.set(keys::gt_label, State::list({1, 4}));
  sample = applied(PackInputs({.input_key = "depth", .algorithm_keys = {"text"}, .meta_keys = {}}), sample);
  EXPECT_THAT(sample.tensor(keys::img), SameTensor(at::ones({1, 2, 3})));
  EXPECT_EQ(sample.string("text"_key), "a boot");
  EXPECT_THAT(sample.tensor(keys::gt_label), SameTensor(at::tensor({1, 4}, at::kLong)));
}

TEST(PackInputs, RefusesWhatIsNoImage) {
  Sample sample;
  EXPECT_THAT([&] { applied(PackInputs(), sample); }, ThrowsMessage<Error>("the sample has no 'img'; it has: nothing"));
  sample.set(keys::img, at::ones({4}));
  EXPECT_THAT([&] { applied(PackInputs(), sample); },
              ThrowsMessage<Error>("PackInputs takes images (H, W, C) or (H, W), 'img' has 1 dimensions"));
}

}  // namespace
}  // namespace millrace::classification
