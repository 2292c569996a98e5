#include "millrace/model/weights.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/base/error.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/nn/layers.h"
#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

nn::Sequential small_net() {
  return nn::Sequential{nn::Conv2d(1, 2, 3), nn::BatchNorm2d(2), nn::Flatten(), nn::Linear(8, 3)};
}

WeightsMatch load(const nn::Sequential& net, const State& weights, Fit fit = Fit::all) {
  return load_weights(view_of(*net), weights, {.fit = fit, .source = "r.pth"});
}

TEST(Weights, ThatAreNotFiniteAreNamed) {
  const nn::Sequential net = small_net();
  const ModuleView view = view_of(*net);
  EXPECT_EQ(first_not_finite(view), std::nullopt);
  const at::NoGradGuard no_grad;
  for (const ModuleView::Named& each : view.state())
    if (each.name == "0.weight") each.tensor.fill_(3e38);  // their sum overflows, and each is finite
  EXPECT_EQ(first_not_finite(view), std::nullopt);
  const auto poison = [&](const char* name, double value) {
    for (const ModuleView::Named& each : view.state())
      if (each.name == name) each.tensor.view({-1})[0].fill_(value);
    const std::optional<std::string> found = first_not_finite(view);
    for (const ModuleView::Named& each : view.state())
      if (each.name == name) each.tensor.view({-1})[0].fill_(0);
    return found;
  };
  EXPECT_EQ(poison("3.bias", std::nan("")), "3.bias");
  EXPECT_EQ(poison("3.bias", -INFINITY), "3.bias");
  EXPECT_EQ(poison("1.running_var", std::nan("")), "1.running_var");
  EXPECT_EQ(poison("1.running_var", INFINITY), std::nullopt) << "a mask may be infinite";
  EXPECT_NO_THROW(check_finite(view, "a.pth"));
  for (const ModuleView::Named& each : view.state())
    if (each.name == "0.bias") each.tensor.fill_(std::nan(""));
  EXPECT_THAT([&] { check_finite(view, "a.pth"); },
              ThrowsMessage<Error>("a.pth: the weights are not finite: the first such tensor is 0.bias\n"
                                   "  use an earlier checkpoint of the run"));
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
  EXPECT_THAT(
      [&] { load(net, weights); },
      ThrowsMessage<Error>(AllOf(HasSubstr("r.pth: 2 of 9 tensors do not fit the model"), HasSubstr("3.bias"),
                                 HasSubstr("0.bias"), HasSubstr("help: .fit = Fit::any loads the other 7 and keeps"))));
  EXPECT_TRUE(state_dict(view_of(*net)).equals(before));
}

TEST(Weights, ThatFitAreLoadedUnlessStrict) {
  const nn::Sequential net = small_net();
  State weights = state_dict(view_of(*net)).snapshot();
  weights["3.bias"] = at::ones({1000});
  weights["0.bias"] = at::full({2}, 4.0f);
  weights["extra"] = at::ones({1});
  const WeightsMatch result = load(net, weights, Fit::any);
  EXPECT_EQ(result.pairs.size(), 8u);
  EXPECT_THAT(result.unexpected, ElementsAre("extra"));
  EXPECT_EQ(result.mismatches.at(0).name, "3.bias");
  EXPECT_THAT(view_of(*net).all_params()[1].tensor, SameTensor(at::full({2}, 4.0f)));
}

TEST(Weights, AreRefusedAsFarAsTheyMustFit) {
  const nn::Sequential net = small_net();
  const State whole = state_dict(view_of(*net)).snapshot();
  State more = whole, fewer = whole, other_shape = whole;
  more["extra"] = at::ones({1});
  fewer.erase("3.bias");
  other_shape["3.bias"] = at::ones({1000});
  const auto loads = [&](const State& weights, Fit fit) {
    try {
      load(net, weights, fit);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  std::vector<std::vector<bool>> loaded;
  for (const Fit fit : {Fit::all, Fit::model, Fit::shapes, Fit::any})
    loaded.push_back({loads(whole, fit), loads(more, fit), loads(fewer, fit), loads(other_shape, fit)});
  EXPECT_THAT(loaded, ElementsAre(ElementsAre(true, false, false, false), ElementsAre(true, true, false, false),
                                  ElementsAre(true, true, true, false), ElementsAre(true, true, true, true)));
}

TEST(Weights, ComeFromACheckpointFileOrAPartOfIt) {
  const ScratchFolder folder;
  const nn::Sequential from = small_net(), to = small_net();
  State below;
  const State own = state_dict(view_of(*from));
  for (const auto& item : own.entries()) below["backbone." + item.key.string()] = item.value;
  below["head.bias"] = at::ones({3});
  const std::string path = folder / "r.pth";
  save_checkpoint_file(path, State::dict({{"meta", State::dict()}, {"state_dict", below}}));
  EXPECT_TRUE(load_weights(view_of(*to), path, {.prefix = "backbone"}).fits());
  EXPECT_TRUE(state_dict(view_of(*to)).equals(own));
  EXPECT_THAT([&] { load_weights(view_of(*to), path, {}); },
              ThrowsMessage<Error>(AllOf(HasSubstr(path + ": 18 of 18 tensors do not fit the model"),
                                         HasSubstr(R"lit(help: .revise_keys = {{R"(^backbone\.)", ""}})lit"))));
  EXPECT_EQ(load_weights(view_of(*to), path, {.fit = Fit::model, .revise_keys = {{R"(^backbone\.)", ""}}}).unexpected,
            std::vector<std::string>{"head.bias"});
}

TEST(Weights, BelowAPrefixMayBeASetOfTheFile) {
  const nn::Sequential from = small_net(), to = small_net();
  const State own = state_dict(view_of(*from));
  const State file = State::dict({{"student", State::dict({{"x", at::ones({1})}})}, {"teacher", own}});
  EXPECT_TRUE(load_weights(view_of(*to), file, {.source = "r.pth", .prefix = "teacher"}).fits());
  EXPECT_TRUE(state_dict(view_of(*to)).equals(own));
  EXPECT_THAT([&] { load_weights(view_of(*to), file, {.source = "r.pth", .prefix = "neck"}); },
              ThrowsMessage<Error>("r.pth: no weight has a name that starts with 'neck.'\n"
                                   "  names begin with student, teacher"));
}

TEST(Weights, AreHeardOfByTheInnermostListener) {
  const nn::Sequential net = small_net();
  const State weights = state_dict(view_of(*net)).snapshot();
  std::vector<std::string> outer, inner;
  {
    const WeightsListener listener([&](const Notice& notice) { outer.push_back(notice.text); });
    {
      const WeightsListener nearer([&](const Notice& notice) { inner.push_back(notice.text); });
      load(net, weights);
    }
    load(net, weights);
  }
  load(net, weights);
  EXPECT_THAT(outer, ElementsAre("Loaded 9 of 9 tensors from r.pth"));
  EXPECT_EQ(inner, outer);
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
  EXPECT_THAT([&] { load(small_net(), weights, Fit::any); },
              ThrowsMessage<Error>(HasSubstr("tensors do not fit the model")));
  EXPECT_THAT([&] { load(small_net(), State(1.5), Fit::any); },
              ThrowsMessage<Error>("r.pth: holds a float, not a checkpoint"));
}

}  // namespace
}  // namespace millrace
