#include "millrace/model/weights.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/nn/layers.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

nn::Sequential small_net() {
  return nn::Sequential(nn::Conv2d(1, 2, 3), nn::BatchNorm2d(2), nn::Flatten(), nn::Linear(8, 3));
}

WeightsMatch load(const nn::Sequential& net, const State& weights, bool strict = true) {
  return load_weights(view_of(*net), weights, {.strict = strict, .source = "r.pth"});
}

TEST(Weights, LoadWhatStateDictGave) {
  const nn::Sequential from = small_net(), to = small_net();
  const State weights = state_dict(view_of(*from));
  std::vector<std::string> names;
  for (const auto& item : weights.entries()) names.push_back(item.key.string());
  EXPECT_THAT(names, ElementsAre("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
                                 "1.num_batches_tracked", "3.weight", "3.bias"));
  EXPECT_EQ(load(to, weights).pairs.size(), 9u);
  EXPECT_TRUE(state_dict(view_of(*to)).equals(weights));
}

TEST(Weights, LoadConvertsDtypesInPlace) {
  const nn::Sequential net = small_net();
  const at::Tensor held = view_of(*net).all_params()[0].tensor;
  State weights = state_dict(view_of(*net)).snapshot();
  weights["0.weight"] = at::full({2, 1, 3, 3}, 0.5, at::kDouble);
  load(net, weights);
  EXPECT_THAT(held, SameTensor(at::full({2, 1, 3, 3}, 0.5f)));
  EXPECT_TRUE(held.requires_grad());
}

TEST(Weights, ThatDoNotFitAreListedAndNothingIsTouched) {
  const nn::Sequential net = small_net();
  const State before = state_dict(view_of(*net)).snapshot();
  State weights = before.snapshot();
  weights["3.bias"] = at::ones({1000});
  weights["0.weight"] = at::ones({2, 1, 3, 3});
  weights.erase("0.bias");
  EXPECT_THAT([&] { load(net, weights); },
              ThrowsMessage<Error>(AllOf(HasSubstr("r.pth: 2 of 9 tensors do not fit the model"), HasSubstr("3.bias"),
                                         HasSubstr("0.bias"), HasSubstr("strict=False loads the other 7"))));
  EXPECT_TRUE(state_dict(view_of(*net)).equals(before));
}

TEST(Weights, ThatFitAreLoadedUnlessStrict) {
  const nn::Sequential net = small_net();
  State weights = state_dict(view_of(*net)).snapshot();
  weights["3.bias"] = at::ones({1000});
  weights["0.bias"] = at::full({2}, 4.0f);
  weights["extra"] = at::ones({1});
  const WeightsMatch result = load(net, weights, false);
  EXPECT_EQ(result.pairs.size(), 8u);
  EXPECT_THAT(result.unexpected, ElementsAre("extra"));
  EXPECT_EQ(result.mismatches.at(0).name, "3.bias");
  EXPECT_THAT(view_of(*net).all_params()[1].tensor, SameTensor(at::full({2}, 4.0f)));
}

TEST(Weights, OfDataParallelLoseTheirPrefix) {
  const nn::Sequential net = small_net();
  const State own = state_dict(view_of(*net));
  State weights;
  for (const auto& item : own.entries()) weights["module." + item.key.string()] = item.value;
  EXPECT_TRUE(load(net, weights).fits());
}

TEST(Weights, OfAnotherNetworkAreRefusedEvenIfNotStrict) {
  State weights;
  weights["a.b"] = at::ones({1});
  EXPECT_THAT([&] { load(small_net(), weights, false); },
              ThrowsMessage<Error>(HasSubstr("tensors do not fit the model")));
  EXPECT_THAT([&] { load(small_net(), State(1.5), false); },
              ThrowsMessage<Error>("r.pth: a state dict is a dict of tensors, this is a float"));
}

}  // namespace
}  // namespace millrace
