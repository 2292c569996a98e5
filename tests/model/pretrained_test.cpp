#include "millrace/model/pretrained.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/nn/initializers.h"
#include "millrace/nn/layers.h"
#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

struct PretrainedPart : torch::nn::Module, nn::HasInit {
  PretrainedPart() {
    set_init(OneOrMany<Component<nn::Initializer>>(
        use<nn::init::Constant>({.val = 1, .targets = {.layer = "Linear", .bias = 1}})));
  }
  nn::Linear fc = register_module("fc", nn::Linear(2, 3));
};
struct PretrainedWhole : torch::nn::Module, nn::HasInit {
  explicit PretrainedWhole(Pretrained::Options options) {
    set_init(OneOrMany<Component<nn::Initializer>>(use<Pretrained>(std::move(options))));
  }
  std::shared_ptr<PretrainedPart> part = register_module("part", std::make_shared<PretrainedPart>());
};

TEST(Pretrained, WinsOverWhatThePartsSay) {
  const ScratchFolder folder;
  const at::Tensor weight = at::full({3, 2}, 7.0f);
  save_checkpoint_file(folder / "whole.pth",
                       State::dict({{"state_dict", State::dict({{"backbone.part.fc.weight", weight},
                                                                {"head.part.fc.bias", at::full({3}, 9.0f)}})}}));
  const PretrainedWhole net({.checkpoint = folder / "whole.pth", .prefix = "backbone"});
  nn::init_weights(net);
  EXPECT_THAT(net.part->fc->weight, SameTensor(weight));
  EXPECT_THAT(net.part->fc->bias, SameTensor(at::ones({3})));
}

TEST(Pretrained, RevisesNamesAsItsHelpSays) {
  const ScratchFolder folder;
  const at::Tensor weight = at::full({3, 2}, 7.0f);
  save_checkpoint_file(folder / "lit.ckpt",
                       State::dict({{"state_dict", State::dict({{"model.part.fc.weight", weight},
                                                                {"model.part.fc.bias", at::full({3}, 9.0f)}})}}));
  EXPECT_THAT([&] { nn::init_weights(PretrainedWhole({.checkpoint = folder / "lit.ckpt"})); },
              ThrowsMessage<Error>(HasSubstr("help: revise_keys=[(r'^model\\.', '')] in the init_cfg")));
  const PretrainedWhole net({.checkpoint = folder / "lit.ckpt", .revise_keys = {{R"(^model\.)", ""}}});
  nn::init_weights(net);
  EXPECT_THAT(net.part->fc->weight, SameTensor(weight));
}

TEST(Pretrained, RefusesAPatternThatCannotBeRead) {
  EXPECT_THAT(
      [] {
        Pretrained({.checkpoint = "x.pth", .revise_keys = {{"(", ""}}});
      },
      ThrowsMessage<Error>(HasSubstr("Pretrained.revise_keys: the pattern '(' cannot be read")));
}

TEST(Pretrained, RefusesAFileThatHasNothingForIt) {
  const ScratchFolder folder;
  save_checkpoint_file(folder / "other.pth", State::dict({{"fc.weight", at::full({3, 2}, 7.0f)}}));
  EXPECT_THAT([&] { nn::init_weights(PretrainedWhole({.checkpoint = folder / "other.pth", .prefix = "neck."})); },
              ThrowsMessage<Error>(HasSubstr("no weight has a name that starts with 'neck.'")));
  EXPECT_THAT([] { nn::init_weights(PretrainedWhole({.checkpoint = ""})); },
              ThrowsMessage<Error>(HasSubstr("init_cfg of type Pretrained has no checkpoint")));
}

}  // namespace
}  // namespace millrace
