#include "millrace/nn/resnet_body.h"

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace millrace::nn {
namespace {

struct Family {
  bool bottleneck;
  std::vector<int64_t> blocks;
};

/// The blocks of each stage, by depth.
const std::map<int64_t, Family>& families() {
  static const std::map<int64_t, Family> kFamilies = {
      {18, {false, {2, 2, 2, 2}}},  {34, {false, {3, 4, 6, 3}}},  {50, {true, {3, 4, 6, 3}}},
      {101, {true, {3, 4, 23, 3}}}, {152, {true, {3, 8, 36, 3}}},
  };
  return kFamilies;
}

/// The networks of 6 n + 2 layers that He et al. made for CIFAR-10 (section 4.2).
const std::map<int64_t, Family>& small_families() {
  static const std::map<int64_t, Family> kFamilies = {{20, {false, {3, 3, 3}}},
                                                      {32, {false, {5, 5, 5}}},
                                                      {44, {false, {7, 7, 7}}},
                                                      {56, {false, {9, 9, 9}}},
                                                      {110, {false, {18, 18, 18}}}};
  return kFamilies;
}

using Stem = ResNetBody::Stem;

/// Nothing for a depth that there is not.
std::optional<Family> family_of(const ResNetOptions& options, Stem stem, std::vector<int64_t>* depths = nullptr) {
  for (const auto* table : {&families(), &small_families()}) {
    if (table == &small_families() && stem != Stem::small) continue;
    for (const auto& [known, family] : *table) {
      if (options.groups > 1 && !family.bottleneck) continue;
      if (known == *options.depth) return family;
      if (depths) depths->push_back(known);
    }
  }
  return std::nullopt;
}

int64_t stages_of(const ResNetOptions& options, const Family& family) {
  return options.num_stages.value_or(static_cast<int64_t>(family.blocks.size()));
}

std::vector<int64_t> for_each_stage(const std::optional<std::vector<int64_t>>& given, std::vector<int64_t> otherwise,
                                    size_t stages) {
  if (given) return *given;
  otherwise.resize(stages);
  return otherwise;
}

/// Convolution, norm, ReLU, as one step of a deep stem.
class StemStepImpl final : public torch::nn::Module {
 public:
  StemStepImpl(const Conv& conv_kind, const Conv2dOptions& options, const Norm& norm_kind)
      : conv_(conv_kind.make(options)), norm_(norm_kind.make(options.out_channels())) {
    register_module("conv", conv_.module());
    register_module(norm_kind.prefix(), norm_.module());
  }
  at::Tensor forward(const at::Tensor& x) { return norm_(conv_(x)).relu_(); }

 private:
  Layer conv_, norm_;
};

}  // namespace

struct ResNetBody::Plan {
  Plan(const ResNetOptions& options, Stem stem)
      : conv(options.conv_cfg && *options.conv_cfg ? options.conv_cfg->build() : std::make_shared<kinds::Conv2d>()),
        norm(options.norm_cfg.build()),
        groups(options.groups) {
    const std::optional<Family> family = family_of(options, stem);
    MILLRACE_ASSERT(family, "checked options");
    const bool narrow = family->blocks.size() == 3;
    bottleneck = family->bottleneck;
    all_blocks = 0;
    for (const int64_t count : family->blocks) all_blocks += count;
    const auto stages = static_cast<size_t>(stages_of(options, *family));
    blocks.assign(family->blocks.begin(), family->blocks.begin() + static_cast<std::ptrdiff_t>(stages));
    strides = for_each_stage(options.strides, {1, 2, 2, 2}, stages);
    dilations = for_each_stage(options.dilations, {1, 1, 1, 1}, stages);
    stem_channels = options.stem_channels.value_or(narrow ? 16 : 64);
    base_channels = options.base_channels.value_or(narrow ? 16 : 64);
    expansion = options.expansion.value_or(bottleneck ? 4 : 1);
  }

  std::shared_ptr<Conv> conv;
  std::shared_ptr<Norm> norm;
  int64_t groups;
  bool bottleneck = false;
  std::vector<int64_t> blocks, strides, dilations;
  int64_t stem_channels = 0, base_channels = 0, expansion = 1, all_blocks = 0;
};

void ResNetBody::check(const ResNetOptions& options, Stem stem, Complaints& complaints) {
  const std::string& owner = complaints.owner();
  std::vector<int64_t> depths;
  const std::optional<Family> family = family_of(options, stem, &depths);
  if (!family) {
    std::sort(depths.begin(), depths.end());
    Error& error = complaints.add(
        "depth", fmt::format("{} has no depth {}; there are {}", owner, *options.depth, fmt::join(depths, ", ")));
    if (stem != Stem::small && small_families().count(*options.depth)) error.help("type='ResNet_CIFAR'");
    return;
  }
  const int64_t stages = stages_of(options, *family), most = static_cast<int64_t>(family->blocks.size());
  if (stages > most) {
    complaints
        .add("num_stages",
             fmt::format("{} of depth {} has {} stages, num_stages is {}", owner, *options.depth, most, stages))
        .help(fmt::format("num_stages={}", most));
    return;
  }
  const auto check_length = [&](const std::optional<std::vector<int64_t>>& given, const char* key) {
    if (given && static_cast<int64_t>(given->size()) != stages)
      complaints.add(key, fmt::format("{} has {} stages, but {} {}", owner, stages, given->size(), key));
  };
  check_length(options.strides, "strides");
  check_length(options.dilations, "dilations");
  if (!family->bottleneck && options.expansion.value_or(1) != 1)
    complaints
        .add("expansion",
             fmt::format("{} of depth {} has basic blocks, expansion is {}", owner, *options.depth, *options.expansion))
        .help("expansion=1");
  for (const int64_t index : options.out_indices->value_or(std::vector<int64_t>{}))
    if (index >= stages)
      complaints.add("out_indices",
                     fmt::format("{} has the stages 0 to {}, out_indices has {}", owner, stages - 1, index));
  if (options.frozen_stages > stages)
    complaints.add("frozen_stages",
                   fmt::format("{} has {} stages, frozen_stages is {}", owner, stages, *options.frozen_stages));
  if (stem != Stem::pooled && options.deep_stem)
    complaints.add("deep_stem", owner + " has no deep_stem").help("deep_stem=False");
}

ResNetBody::ResNetBody(torch::nn::Module& owner, const ResNetOptions& options, Stem stem) {
  const Plan plan(options, stem);
  out_indices_ = options.out_indices->value_or(std::vector<int64_t>{static_cast<int64_t>(plan.blocks.size()) - 1});
  pools_ = stem == Stem::pooled;
  make_stem(owner, options, plan, pools_);
  channels_ = plan.stem_channels;
  for (size_t stage = 0; stage < plan.blocks.size(); ++stage) {
    stages_.push_back(make_stage(options, plan, stage));
    owner.register_module(fmt::format("layer{}", stage + 1), stages_.back().module());
  }
  freeze(options.frozen_stages, options.deep_stem);
  if (options.norm_eval)
    for (BatchNormBase* norm : batch_norms(owner)) norm->set_statistics(NormStatistics::fixed);
}

void ResNetBody::make_stem(torch::nn::Module& owner, const ResNetOptions& options, const Plan& plan, bool pooled) {
  const int64_t in = options.in_channels, out = plan.stem_channels;
  if (options.deep_stem) {
    const auto step = [&](int64_t from, int64_t to, int64_t stride) {
      return Layer(std::make_shared<StemStepImpl>(
          *plan.conv, Conv2dOptions(from, to, 3).stride(stride).padding(1).bias(false), *plan.norm));
    };
    const Sequential stem{step(in, out / 2, 2), step(out / 2, out / 2, 1), step(out / 2, out, 1)};
    owner.register_module("stem", stem);
    stem_ = {stem};
    return;
  }
  const Conv2dOptions conv =
      pooled ? Conv2dOptions(in, out, 7).stride(2).padding(3) : Conv2dOptions(in, out, 3).padding(1);
  stem_ = {plan.conv->make(Conv2dOptions(conv).bias(false)), plan.norm->make(out)};
  owner.register_module("conv1", stem_[0].module());
  owner.register_module(plan.norm->prefix() + "1", stem_[1].module());
}

Layer ResNetBody::make_stage(const ResNetOptions& options, const Plan& plan, size_t stage) {
  const int64_t mid = plan.base_channels << stage, out = mid * plan.expansion;
  Sequential made;
  for (int64_t i = 0; i < plan.blocks[stage]; ++i) {
    ResidualBlockOptions block{.in_channels = channels_, .mid_channels = mid, .out_channels = out};
    block.stride = i == 0 ? plan.strides[stage] : 1;
    block.dilation = plan.dilations[stage];
    block.stride_in_conv1 = options.style == ResNetOptions::Style::caffe;
    block.recompute = options.with_cp;
    if (plan.groups > 1) {
      block.groups = plan.groups;
      block.mid_channels = plan.groups * options.width_per_group * mid / plan.base_channels;
    }
    if (plan.all_blocks > 1)
      block.drop_path =
          options.drop_path_rate * static_cast<double>(blocks_.size()) / static_cast<double>(plan.all_blocks - 1);
    if (i == 0 && (block.stride != 1 || channels_ != out)) {
      Sequential shortcut;
      const bool average = options.avg_down && block.stride != 1;
      if (average)
        shortcut->push_back(AvgPool2d(AvgPool2dOptions(block.stride).ceil_mode(true).count_include_pad(false)));
      shortcut->push_back(
          plan.conv->make(Conv2dOptions(channels_, out, 1).stride(average ? 1 : block.stride).bias(false)));
      shortcut->push_back(plan.norm->make(out));
      block.downsample = shortcut;
    }
    if (plan.bottleneck) {
      const Bottleneck made_block(block, *plan.conv, *plan.norm);
      made->push_back(made_block);
      blocks_.push_back(made_block.ptr());
    } else {
      const BasicBlock made_block(block, *plan.conv, *plan.norm);
      made->push_back(made_block);
      blocks_.push_back(made_block.ptr());
    }
    channels_ = out;
  }
  return made;
}

void ResNetBody::freeze(int64_t stages, bool deep_stem) {
  if (stages >= 0)
    for (const Layer& layer : stem_) frozen_.push_back(layer.module());
  for (int64_t i = 0; i < stages; ++i) frozen_.push_back(stages_[static_cast<size_t>(i)].module());
  for (const auto& module : frozen_)
    for (at::Tensor& param : module->parameters()) param.set_requires_grad(false);
  keep_frozen();
}

Features ResNetBody::forward(const at::Tensor& input) {
  at::Tensor x = stem_[0](input);
  if (stem_.size() == 2) x = stem_[1](x).relu_();
  if (pools_) x = at::max_pool2d(x, 3, 2, 1);
  Features features;
  for (size_t i = 0; i < stages_.size(); ++i) {
    x = stages_[i](x);
    if (std::find(out_indices_.begin(), out_indices_.end(), static_cast<int64_t>(i)) != out_indices_.end())
      features.push_back(x);
  }
  return features;
}

void ResNetBody::keep_frozen() {
  for (const auto& module : frozen_) module->eval();
}

void ResNetBody::zero_init_residual() const {
  for (const auto& block : blocks_) block->zero_last_norm();
}

}  // namespace millrace::nn
