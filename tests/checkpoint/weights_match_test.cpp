#include "millrace/checkpoint/weights_match.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::Not, testing::ThrowsMessage;

std::vector<NamedTensor> resnet_parts() {
  return {{"backbone.conv.weight", at::zeros({4, 3})},
          {"backbone.bn.num_batches_tracked", at::zeros({}, at::kLong)},
          {"head.fc.weight", at::zeros({10, 2048})},
          {"head.fc.bias", at::zeros({10})}};
}

State weights_like(const std::vector<NamedTensor>& tensors) {
  State file = State::dict();
  for (const auto& [name, tensor] : tensors) file[name] = at::full(tensor.sizes(), 3, tensor.options());
  return file;
}

WeightsMatch match_by_default(const State& file, const std::vector<NamedTensor>& model) {
  return match_weights(file, model, default_revise_keys());
}

TEST(WeightsMatch, LoadsWhatFits) {
  const auto model = resnet_parts();
  const WeightsMatch match = match_by_default(weights_like(model), model);
  EXPECT_TRUE(match.fits());
  match.load();
  EXPECT_EQ(model[3].second.sum().item<double>(), 30);
}

TEST(WeightsMatch, LoadsIntoParametersAndConvertsTypes) {
  const std::vector<NamedTensor> model = {{"w", at::zeros({2}).requires_grad_()}};
  match_by_default(State::dict({{"w", at::full({2}, 2.0, at::kDouble)}}), model).load();
  EXPECT_EQ(model[0].second.sum().item<double>(), 4);
  EXPECT_TRUE(model[0].second.is_leaf());
}

TEST(WeightsMatch, ListsShapesThatDiffer) {
  State file = weights_like(resnet_parts());
  file["head.fc.weight"] = at::zeros({1000, 2048});
  file["head.fc.bias"] = at::zeros({1000});
  EXPECT_STREQ(match_by_default(file, resnet_parts()).report("r50.pth", true).what(),
               "r50.pth: 2 of 4 tensors do not fit the model\n"
               "  head.fc.bias    file (1000)        model (10)\n"
               "  head.fc.weight  file (1000, 2048)  model (10, 2048)\n"
               "  help: strict=False loads the other 2 and keeps these as initialised");
}

TEST(WeightsMatch, ListsMissingAndUnexpectedTensors) {
  State file = weights_like(resnet_parts());
  file.erase("head.fc.bias");
  file["neck.weight"] = at::zeros({1});
  EXPECT_STREQ(match_by_default(file, resnet_parts()).report("r50.pth", false).what(),
               "r50.pth: 2 of 5 tensors do not fit the model\n"
               "  head.fc.bias  not in the file\n"
               "  neck.weight   not in the model\n"
               "  the other 3 were loaded, these are as initialised");
}

TEST(WeightsMatch, LetsBatchCountsBeMissing) {
  State file = weights_like(resnet_parts());
  file.erase("backbone.bn.num_batches_tracked");
  EXPECT_TRUE(match_by_default(file, resnet_parts()).fits());
}

TEST(WeightsMatch, CutsOffWhatDataParallelPutsBeforeNamesAndNothingElse) {
  const std::vector<NamedTensor> model = {{"fc.weight", at::zeros({1})}, {"modules_list.0", at::zeros({1})}};
  const State file = State::dict({{"module.fc.weight", at::zeros({1})}, {"modules_list.0", at::zeros({1})}});
  EXPECT_TRUE(match_by_default(file, model).fits());
}

TEST(WeightsMatch, RevisesNamesInTheOrderOfThePatterns) {
  const State file = State::dict({{"layer1.0.weight", at::zeros({1})}});
  const std::vector<ReviseKey> revise_keys = {{R"(layer(\d)\.(\d))", R"(stage\1_\g<2>)"}, {"^", "net."}};
  EXPECT_THAT(match_weights(file, {}, revise_keys).unexpected, ElementsAre("net.stage1_0.weight"));
}

TEST(WeightsMatch, SuggestsToCutOrAddAPrefixThatAllNamesHave) {
  std::vector<NamedTensor> prefixed;
  for (const auto& [name, tensor] : resnet_parts()) prefixed.emplace_back("teacher." + name, tensor);
  EXPECT_THAT(match_by_default(weights_like(prefixed), resnet_parts()).report("t.pth", true).what(),
              HasSubstr("help: revise_keys=[(r'^teacher\\.', '')]"));
  EXPECT_THAT(match_by_default(weights_like(resnet_parts()), prefixed).report("t.pth", true).what(),
              HasSubstr("help: revise_keys=[(r'^', 'teacher.')]"));
}

TEST(WeightsMatch, ShowsAtMostThirtyLines) {
  std::vector<NamedTensor> model;
  for (int i = 0; i < 100; ++i) model.emplace_back("layer" + std::to_string(i), at::zeros({1}));
  const std::string text = match_by_default(State::dict(), model).report("x.pth", true).what();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 31);
  EXPECT_THAT(text, HasSubstr("\n  and 71 more\n"));
}

TEST(WeightsMatch, RefusesPatternsAndNamesThatMakeNoSense) {
  EXPECT_THAT(
      [] {
        match_weights(State::dict(), {}, std::vector<ReviseKey>{{"(", ""}});
      },
      ThrowsMessage<Error>(HasSubstr("revise_keys: the pattern '(' cannot be read")));
  const State file = State::dict({{"a.w", at::zeros({1})}, {"b.w", at::zeros({1})}});
  EXPECT_THAT(
      [&] {
        match_weights(file, {}, std::vector<ReviseKey>{{"^.\\.", ""}});
      },
      ThrowsMessage<Error>("after revise_keys two tensors of the file are called 'w'"));
}

}  // namespace
}  // namespace millrace
