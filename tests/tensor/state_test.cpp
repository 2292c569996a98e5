#include "millrace/tensor/state.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::ThrowsMessage;

State state_with_five_keys() {
  return State::dict({{"iter", 40}, {"best", 91.5}, {"name", "run"}, {"done", false}, {"steps", State::list({1, 2})}});
}

TEST(State, HoldsEveryKindOfValue) {
  std::vector<std::string> names;
  for (const State& state :
       {State(), State(true), State(3), State(0.5), State("text"), State(State::Bytes{"b"}), State::list(),
        State::tuple({1, "x"}), State::dict(), State(at::zeros({2})), State(State::Record{"torch.Size", {}, {}, {}})})
    names.push_back(state.kind_name());
  EXPECT_THAT(names, ElementsAre("None", "bool", "int", "float", "str", "bytes", "list", "tuple", "dict", "tensor",
                                 "torch.Size"));
}

TEST(State, TakesEveryWidthOfInteger) {
  EXPECT_EQ(State(size_t{7}).integer(), 7);
  EXPECT_EQ(State(int8_t{-3}).integer(), -3);
  EXPECT_EQ(State(std::numeric_limits<int64_t>::min()).integer(), std::numeric_limits<int64_t>::min());
}

TEST(State, KeepsAnUnsignedSeedAboveInt64) {
  const State seed(uint64_t{0xFEDCBA9876543210});
  ASSERT_EQ(seed.kind_name(), "int");
  EXPECT_EQ(seed.record().arguments.items()[0].bytes(), std::string("\x10\x32\x54\x76\x98\xba\xdc\xfe\0", 9));
}

TEST(State, ConvertsBoolsToIntsAndIntsToFloats) {
  EXPECT_EQ(State(true).integer(), 1);
  EXPECT_EQ(State(40).number(), 40.0);
}

TEST(State, NamesBothKindsWhenTheyDiffer) {
  EXPECT_THAT([] { State("x").integer(); }, ThrowsMessage<Error>("the state holds str, int is needed"));
  EXPECT_THAT([] { State(2).entries(); }, ThrowsMessage<Error>("the state holds int, dict is needed"));
  EXPECT_THAT([] { State(0.5).integer(); }, ThrowsMessage<Error>(HasSubstr("float")));
}

TEST(State, TakesAnUndefinedTensorAsNone) { EXPECT_TRUE(State(at::Tensor()).is_none()); }

TEST(State, FindsAndMakesKeysOfADict) {
  State state = state_with_five_keys();
  state["optimizer"]["lr"] = 0.1;  // an absent key is made, a none turns into a dict
  state["iter"] = 41;
  EXPECT_EQ(state.at("optimizer").at("lr").number(), 0.1);
  EXPECT_EQ(state.at("iter").integer(), 41);
  EXPECT_EQ(state.entries().size(), 6u);
  EXPECT_EQ(state.find("epoch"), nullptr);
  EXPECT_THAT([&] { (void)state.at("itr"); }, ThrowsMessage<Error>("no key 'itr' in the state; did you mean 'iter'?"));
}

TEST(State, ErasesAKey) {
  State state = state_with_five_keys();
  EXPECT_TRUE(state.erase("best"));
  EXPECT_FALSE(state.erase("best"));
  EXPECT_EQ(state.entries().size(), 4u);
}

TEST(State, CopiesContainersAndSharesTensors) {
  State state = State::dict({{"list", State::list({1})}, {"weight", at::zeros({3})}});
  State copy = state;
  copy["list"].push_back(2);
  copy.at("weight").tensor().fill_(5);
  EXPECT_EQ(state.at("list").items().size(), 1u);
  EXPECT_EQ(state.at("weight").tensor().sum().item<double>(), 15);
}

TEST(State, IsNoneAfterBeingMovedFrom) {
  State state = state_with_five_keys();
  const State moved = std::move(state);
  EXPECT_TRUE(state.is_none());  // NOLINT: this is what is tested
  EXPECT_EQ(moved.entries().size(), 5u);
  state = State::tuple({1});
  State& self = state;
  state = std::move(self);
  EXPECT_TRUE(State(state).is_sequence());
}

TEST(State, AssignsAPartOfItselfToItself) {
  State state = State::dict({{"inner", State::dict({{"deep", 3}})}});
  state = state.at("inner");
  EXPECT_EQ(state.at("deep").integer(), 3);
}

TEST(State, EqualsByKindValueAndOrder) {
  EXPECT_TRUE(state_with_five_keys().equals(state_with_five_keys()));
  EXPECT_TRUE(State(std::nan("")).equals(State(-std::nan(""))));
  EXPECT_FALSE(State(1).equals(State(1.0)));
  EXPECT_FALSE(State(1).equals(State(true)));
  EXPECT_FALSE(State::list({1}).equals(State::tuple({1})));
  EXPECT_FALSE(State::dict({{"a", 1}, {"b", 2}}).equals(State::dict({{"b", 2}, {"a", 1}})));
}

TEST(State, EqualsTensorsByTypeShapeAndElements) {
  const at::Tensor x = at::arange(6, at::kFloat).reshape({2, 3});
  EXPECT_TRUE(State(x).equals(x.t().contiguous().t()));  // strides do not count
  EXPECT_FALSE(State(x).equals(x.to(at::kDouble)));
  EXPECT_FALSE(State(x).equals(x.reshape({3, 2})));
  EXPECT_FALSE(State(x).equals(x.add(1)));
  const at::Tensor nan = at::full({2}, std::nan(""));
  EXPECT_TRUE(State(nan).equals(nan.neg()));
  EXPECT_FALSE(State(nan).equals(at::zeros({2})));
  EXPECT_TRUE(State(at::zeros({2})).equals(at::zeros({2}).neg()));
}

TEST(State, SnapshotIsOfItsOwnMemory) {
  const at::Tensor weight = at::ones({4}).requires_grad_();
  State state = State::dict({{"weight", weight}, {"list", State::list({State::tuple({weight.detach()})})}});
  const State copy = state.snapshot();
  weight.detach().zero_();
  EXPECT_EQ(copy.at("weight").tensor().sum().item<double>(), 4);
  EXPECT_FALSE(copy.at("weight").tensor().requires_grad());
  EXPECT_EQ(copy.at("list").items()[0].items()[0].tensor().sum().item<double>(), 4);
}

TEST(State, SnapshotKeepsTiedWeightsTied) {
  const at::Tensor weight = at::ones({4});
  const State copy = State::list({weight, weight.detach(), weight.slice(0, 0, 2)}).snapshot();
  EXPECT_TRUE(copy.items()[0].tensor().is_alias_of(copy.items()[1].tensor()));
  EXPECT_FALSE(copy.items()[0].tensor().is_alias_of(copy.items()[2].tensor()));
}

}  // namespace
}  // namespace millrace
