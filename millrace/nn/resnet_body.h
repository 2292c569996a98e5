#pragma once

#include <optional>
#include <vector>

#include "millrace/nn/backbone.h"
#include "millrace/nn/fan_initializers.h"
#include "millrace/nn/initializers.h"
#include "millrace/nn/layer_kinds.h"
#include "millrace/nn/residual_block.h"
#include "millrace/nn/sequential.h"

namespace millrace::nn {

/// The options of a residual network, with the keys of OpenMMLab's. Its classes, and those of a task, choose their own
/// defaults for each Default.
struct ResNetOptions {
  enum class Style { pytorch, caffe };

  Required<int64_t> depth;
  int64_t in_channels = 3;
  std::optional<int64_t> stem_channels{};
  std::optional<int64_t> base_channels{};
  std::optional<int64_t> expansion{};
  std::optional<int64_t> num_stages{};
  std::optional<std::vector<int64_t>> strides{};
  std::optional<std::vector<int64_t>> dilations{};
  Default<std::optional<std::vector<int64_t>>> out_indices = by_default(std::nullopt);
  Default<Style> style = by_default(Style::pytorch);
  Default<bool> deep_stem = by_default(false);
  Default<bool> avg_down = by_default(false);
  Default<int64_t> groups = by_default(1);
  int64_t width_per_group = 4;
  Default<int64_t> frozen_stages = by_default(-1);
  std::optional<Component<Conv>> conv_cfg{};
  Component<Norm> norm_cfg = use<kinds::BN>();
  Default<bool> norm_eval = by_default(false);
  bool with_cp = false;
  Default<bool> zero_init_residual = by_default(true);
  InitCfg init_cfg = OneOrMany<Component<Initializer>>{
      use<init::Kaiming>({.targets = {.layer = "Conv2d"}}),
      use<init::Constant>({.val = 1, .targets = {.layer = {"_BatchNorm", "GroupNorm"}}})};
  double drop_path_rate = 0;

  template <class Fields>
  static void describe(Fields& f) {
    using O = ResNetOptions;
    f("depth", &O::depth, "layers: 18, 34, 50, 101 or 152; with the stem for small images 20, 32, 44, 56 or 110, too");
    f("in_channels", &O::in_channels, "channels of the images").at_least(1);
    f("stem_channels", &O::stem_channels, "channels before the first stage; None: 64, or 16 for 20, 32, …").at_least(1);
    f("base_channels", &O::base_channels, "of the first stage, inside its blocks; None: 64, or 16 for 20, 32, …")
        .at_least(1);
    f("expansion", &O::expansion, "channels of a block's output to those inside; None: 1, or 4 from depth 50 on")
        .at_least(1);
    f("num_stages", &O::num_stages, "stages from the first on; None: all").within(1, 4);
    f("strides", &O::strides, "of the first block of each stage; None: 1, 2, 2, …").at_least(1);
    f("dilations", &O::dilations, "of each stage; None: 1").at_least(1);
    f("out_indices", &O::out_indices, "stages whose output is returned, from 0; None: the last").at_least(0);
    f("style", &O::style, "which convolution of a Bottleneck has the stride: the 3x3 (pytorch) or the first (caffe)");
    f("deep_stem", &O::deep_stem, "three 3x3 convolutions instead of the 7x7 one");
    f("avg_down", &O::avg_down, "shortcuts average pixels instead of skipping them");
    f("groups", &O::groups, "of the 3x3 convolutions; several from depth 50 on").at_least(1);
    f("width_per_group", &O::width_per_group, "channels of a group in the first stage, if there are several groups")
        .at_least(1);
    f("frozen_stages", &O::frozen_stages, "do not train the stem and this many stages; -1: train all").within(-1, 4);
    f("conv_cfg", &O::conv_cfg, "kind of the convolutions; None: Conv2d");
    f("norm_cfg", &O::norm_cfg, "kind of the norms");
    f("norm_eval", &O::norm_eval, "batch norms keep their running statistics in training, too");
    f("with_cp", &O::with_cp, "blocks are run again in the backward pass: less memory, more time");
    f("zero_init_residual", &O::zero_init_residual, "blocks start as their shortcuts");
    f("init_cfg", &O::init_cfg, "initial weights");
    f("drop_path_rate", &O::drop_path_rate, "chance that the last block is dropped in training; less before it")
        .at_least(0)
        .below(1);
  }
};

/// The residual network behind all classes of the family. It registers its layers in the module that owns it, so the
/// names are the owner's: conv1, bn1 (or stem), layer1.0.conv1, ….
class ResNetBody {
 public:
  enum class Stem {
    pooled,  // 7x7 with stride 2 and a 3x3 maximum with stride 2
    small,   // 3x3 with stride 1, for images of 32 pixels
  };
  /// For the `check` of a class of the family: refuses an unknown depth, and lengths and indices that do not fit.
  static void check(const ResNetOptions& options, Stem stem, Complaints& complaints);
  /// Takes checked options.
  ResNetBody(torch::nn::Module& owner, const ResNetOptions& options, Stem stem);

  Features forward(const at::Tensor& x);
  /// Channels of the last stage.
  int64_t channels() const { return channels_; }
  /// Call it at the end of the owner's `train`: it keeps frozen stages in evaluation mode.
  void keep_frozen();
  void zero_init_residual() const;

 private:
  struct Plan;
  void make_stem(torch::nn::Module& owner, const ResNetOptions& options, const Plan& plan, bool pooled);
  Layer make_stage(const ResNetOptions& options, const Plan& plan, size_t stage);
  void freeze(int64_t stages, bool deep_stem);

  std::vector<Layer> stem_, stages_;
  bool pools_ = false;
  std::vector<int64_t> out_indices_;
  std::vector<std::shared_ptr<torch::nn::Module>> frozen_;
  std::vector<std::shared_ptr<ResidualBlock>> blocks_;
  int64_t channels_ = 0;
};

}  // namespace millrace::nn
