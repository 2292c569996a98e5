#include "millrace/checkpoint/weights_match.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::ElementsAre, testing::EndsWith, testing::HasSubstr, testing::Not, testing::ThrowsMessage;

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

WeightsMatch match_by(const std::vector<ReviseKey>& revise_keys, const State& file,
                      const std::vector<NamedTensor>& model) {
  return match_weights(weights_in(file, "x.pth"), model, revise_keys);
}

WeightsMatch match_by_default(const State& file, const std::vector<NamedTensor>& model) {
  return match_by({}, file, model);
}

State with_beginning(const std::string& beginning, const State& weights) {
  State file = State::dict();
  for (const State::Item& item : weights.entries()) file[beginning + item.key.string()] = item.value;
  return file;
}

std::string refused(const State& file, const std::vector<NamedTensor>& model, const std::string& path) {
  return match_by_default(file, model).refusal(path).what();
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
  WeightsMisfit misfit = match_by_default(file, resnet_parts()).refusal("r50.pth");
  misfit.word({.loosen = "load_strict=False"});
  EXPECT_STREQ(misfit.what(),
               "r50.pth: 2 of 4 tensors do not fit the model\n"
               "  head.fc.bias    file (1000)        model (10)\n"
               "  head.fc.weight  file (1000, 2048)  model (10, 2048)\n"
               "  help: load_strict=False loads the other 2 and keeps these as initialised");
  misfit.word({});
  EXPECT_THAT(misfit.what(), Not(HasSubstr("help")));
}

TEST(WeightsMatch, SaysHowManyTensorsOfTheModelWereLoaded) {
  State file = weights_like(resnet_parts());
  EXPECT_EQ(match_by_default(file, resnet_parts()).summary("r50.pth").text, "Loaded 4 of 4 tensors from r50.pth");
  file.erase("head.fc.bias");
  file["neck.weight"] = at::zeros({1});
  const Notice notice = match_by_default(file, resnet_parts()).summary("r50.pth");
  EXPECT_EQ(notice.level, LogLevel::warning);
  EXPECT_EQ(notice.text,
            "Loaded 3 of 4 tensors from r50.pth; the others keep their initial values\n"
            "  head.fc.bias  not in the file\n"
            "  neck.weight   not in the model");
}

TEST(WeightsMatch, WarnsWhereLessThanHalfOfTheModelWasLoaded) {
  const State file = State::dict({{"head.fc.bias", at::zeros({10})}});
  const Notice notice = match_by_default(file, resnet_parts()).summary("r50.pth");
  EXPECT_EQ(notice.level, LogLevel::warning);
  EXPECT_EQ(notice.text,
            "Loaded 1 of 4 tensors from r50.pth: less than half of the model; the others keep their initial values\n"
            "  backbone.conv.weight  not in the file\n"
            "  head.fc.weight        not in the file");
}

TEST(WeightsMatch, SaysWhichSetOfWeightsItTook) {
  const State weights = weights_like(resnet_parts());
  const State nested = State::dict({{"model", weights}, {"optimizer", State::dict({{"lr", 0.1}})}, {"epoch", 3}});
  EXPECT_EQ(match_by_default(nested, resnet_parts()).summary("r50.pth").text,
            "Loaded 4 of 4 tensors from r50.pth, its 'model'");
  const State averaged = State::dict({{"state_dict", weights}, {"ema_state_dict", with_beginning("module.", weights)}});
  EXPECT_EQ(match_by_default(averaged, resnet_parts()).summary("r50.pth").text,
            "Loaded 4 of 4 tensors from r50.pth; the file also holds 'ema_state_dict' (4 tensors), which is not used");
  EXPECT_EQ(match_by({{R"(^ema_state_dict\.)", ""}}, averaged, resnet_parts()).summary("r50.pth").text,
            "Loaded 4 of 4 tensors from r50.pth, its 'ema_state_dict'");
}

TEST(WeightsMatch, TakesTheSetThatRevisedNamesAskFor) {
  const std::vector<NamedTensor> model = {{"w", at::zeros({1})}};
  const auto set = [](double value) { return State::dict({{"w", at::full({1}, value)}}); };
  match_by({{"^ema_state_dict.", ""}}, State::dict({{"state_dict", set(1)}, {"ema_state_dict", set(2)}}), model).load();
  EXPECT_EQ(model[0].second.item<double>(), 2);
  match_by({{"^student.", ""}}, State::dict({{"teacher", set(3)}, {"student", set(4)}}), model).load();
  EXPECT_EQ(model[0].second.item<double>(), 4);
}

TEST(WeightsMatch, NamesTheSetsOfWeightsOfWhichNoneIsTheMainOne) {
  const State set = State::dict({{"w", at::zeros({1})}});
  WeightsMisfit misfit =
      match_by_default(State::dict({{"teacher", set}, {"student", set}}), {{"w", at::zeros({1})}}).refusal("two.pth");
  misfit.word({.revise = as_python_list});
  EXPECT_STREQ(misfit.what(),
               "two.pth: 3 of 3 tensors do not fit the model\n"
               "  w          not in the file\n"
               "  student.w  not in the model\n"
               "  teacher.w  not in the model\n"
               "  it holds several sets of weights: 'teacher' (1 tensor), 'student' (1 tensor)\n"
               "  help: [(r'^student\\.', '')]");
}

TEST(WeightsMatch, LetsBatchCountsBeMissing) {
  State file = weights_like(resnet_parts());
  file.erase("backbone.bn.num_batches_tracked");
  EXPECT_TRUE(match_by_default(file, resnet_parts()).fits());
  const Notice notice = match_by_default(file, resnet_parts()).summary("r50.pth");
  EXPECT_EQ(notice.level, LogLevel::info);
  EXPECT_EQ(notice.text,
            "Loaded 3 of 4 tensors from r50.pth; the others are counts of batches, which older files lack");
}

TEST(WeightsMatch, CutsOffWhatDataParallelPutsBeforeNamesAndNothingElse) {
  const std::vector<NamedTensor> model = {{"fc.weight", at::zeros({1})}, {"modules_list.0", at::zeros({1})}};
  const State file = State::dict({{"module.fc.weight", at::zeros({1})}, {"modules_list.0", at::zeros({1})}});
  EXPECT_TRUE(match_by_default(file, model).fits());
}

TEST(WeightsMatch, CutsOutWhatWrappersOfPyTorchPutIntoNames) {
  const std::vector<NamedTensor> model = {{"fc.weight", at::zeros({1})}, {"fc.bias", at::zeros({1})}};
  for (const char* beginning :
       {"module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "_fsdp_wrapped_module.", "module.module."})
    EXPECT_TRUE(match_by_default(with_beginning(beginning, weights_like(model)), model).fits()) << beginning;
  const State inside = State::dict({{"fc._orig_mod.weight", at::zeros({1})}, {"fc.bias", at::zeros({1})}});
  EXPECT_TRUE(match_by_default(inside, model).fits());
}

TEST(WeightsMatch, CutsNothingOffANameOfTheModel) {
  const std::vector<NamedTensor> model = {{"module.w", at::zeros({1})}, {"w", at::zeros({1})}};
  const State file = State::dict({{"module.w", at::full({1}, 1)}, {"w", at::full({1}, 2)}});
  match_by_default(file, model).load();
  EXPECT_EQ(model[0].second.item<double>(), 1);
  EXPECT_EQ(model[1].second.item<double>(), 2);
}

TEST(WeightsMatch, RevisesNamesBeforeAndAfterWrappersAreCutOff) {
  const std::vector<NamedTensor> model = {{"w", at::zeros({1})}};
  const State file = State::dict({{"module.net.w", at::zeros({1})}});
  EXPECT_TRUE(match_by({{R"(^net\.)", ""}}, file, model).fits());
  EXPECT_TRUE(match_by({{R"(^module\.net\.)", ""}}, file, model).fits());
}

TEST(WeightsMatch, RevisesNamesInTheOrderOfThePatterns) {
  const State file = State::dict({{"layer1.0.weight", at::zeros({1})}});
  const std::vector<ReviseKey> revise_keys = {{R"(layer(\d)\.(\d))", R"(stage\1_\g<2>)"}, {"^", "net."}};
  EXPECT_THAT(match_by(revise_keys, file, {}).unexpected, ElementsAre("net.stage1_0.weight"));
}

TEST(WeightsMatch, SuggestsToCutOrAddAPrefixThatAllNamesHave) {
  const State file = weights_like(resnet_parts());
  std::vector<NamedTensor> prefixed;
  for (const auto& [name, tensor] : resnet_parts()) prefixed.emplace_back("teacher." + name, tensor);
  for (const char* beginning : {"teacher.", "model.", "net.", "module.model.", "a+b."}) {
    const auto keys = match_by_default(with_beginning(beginning, file), resnet_parts()).better_keys();
    EXPECT_TRUE(match_by(keys, with_beginning(beginning, file), resnet_parts()).fits()) << beginning;
  }
  EXPECT_THAT(match_by_default(with_beginning("a+b.", file), resnet_parts()).better_keys(),
              ElementsAre(ReviseKey(R"(^a\+b\.)", "")));
  EXPECT_THAT(match_by_default(file, prefixed).better_keys(), ElementsAre(ReviseKey("^", "teacher.")));
}

TEST(WeightsMatch, KeepsThePatternsThatWereGivenInWhatItSuggests) {
  const std::vector<NamedTensor> model = {{"fc.w", at::zeros({1})}};
  const State file = State::dict({{"model.head.w", at::zeros({1})}});
  EXPECT_THAT(match_by({{"head", "fc"}}, file, model).better_keys(),
              ElementsAre(ReviseKey("head", "fc"), ReviseKey(R"(^model\.)", "")));
}

TEST(WeightsMatch, ShowsAtMostThirtyLines) {
  std::vector<NamedTensor> model;
  for (int i = 0; i < 100; ++i) model.emplace_back("layer" + std::to_string(i), at::zeros({1}));
  const State file = State::dict({{"other", at::zeros({1})}});
  for (const std::string& text : {refused(file, model, "x.pth"), match_by_default(file, model).summary("x.pth").text}) {
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 30);
    EXPECT_THAT(text, EndsWith("\n  and 72 more"));
  }
}

TEST(WeightsMatch, RefusesPatternsAndNamesThatMakeNoSense) {
  EXPECT_THAT(
      [] {
        match_by({{"(", ""}}, State::dict({{"w", at::zeros({1})}}), {});
      },
      ThrowsMessage<Error>(HasSubstr("revise_keys: the pattern '(' cannot be read")));
  const State file = State::dict({{"a.w", at::zeros({1})}, {"b.w", at::zeros({1})}});
  EXPECT_THAT(
      [&] {
        match_by({{"^.\\.", ""}}, file, {});
      },
      ThrowsMessage<Error>("after revise_keys two tensors of the file are called 'w'"));
}

}  // namespace
}  // namespace millrace
