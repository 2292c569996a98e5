#include "millrace/optim/constructors/layer_depths.h"

#include <algorithm>
#include <numeric>

#include "millrace/base/text.h"

namespace millrace {

namespace {

const ModuleView* child_of(const ModuleView& module, const std::string& name) {
  const std::string path = module.path.empty() ? name : module.path + "." + name;
  const auto found = std::find_if(module.children.begin(), module.children.end(),
                                  [&](const ModuleView& child) { return child.path == path; });
  return found == module.children.end() ? nullptr : &*found;
}

/// How many blocks each stage has: the children of its `inner` part, or its own.
std::vector<int64_t> blocks_of(const ModuleView& stages, const char* inner) {
  std::vector<int64_t> blocks;
  for (const ModuleView& stage : stages.children) {
    const ModuleView* holder = inner ? child_of(stage, inner) : &stage;
    blocks.push_back(holder ? static_cast<int64_t>(holder->children.size()) : 0);
  }
  return blocks;
}

bool have_part(const ModuleView& stages, const char* name) {
  return std::any_of(stages.children.begin(), stages.children.end(),
                     [&](const ModuleView& stage) { return child_of(stage, name) != nullptr; });
}

int64_t number(const std::string& part) { return std::stoll(part); }

int64_t up_to(const std::vector<int64_t>& blocks, int64_t stages) {
  return std::accumulate(blocks.begin(), blocks.begin() + stages, int64_t{0});
}

int64_t quotient_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

LayerDepths::LayerDepths(const ModuleView& model) {
  const ModuleView* backbone = child_of(model, "backbone");
  if (backbone) prefix_ = "backbone.";
  measure(backbone ? *backbone : model);
  if (knows_layout()) return;
  model.walk([&](const ModuleView& module) {
    for (const ModuleView::Named& param : module.params) {
      by_module_[module.path.empty() ? param.name : module.path + "." + param.name] = module.depth;
      count_ = std::max(count_, module.depth + 1);
    }
  });
}

void LayerDepths::measure(const ModuleView& backbone) {
  const ModuleView* stages = child_of(backbone, "stages");
  const ModuleView* layers = child_of(backbone, "layers");
  if (!layers) layers = child_of(backbone, "blocks");
  if (stages && child_of(backbone, "downsample_layers")) {
    blocks_ = blocks_of(*stages, nullptr);
    if (blocks_.size() != 4) return;
    layout_ = Layout::convnext;
    count_ = (blocks_[2] > 9 ? 12 : 6) + 2;
  } else if (stages && have_part(*stages, "blocks")) {
    layout_ = Layout::swin;
    blocks_ = blocks_of(*stages, "blocks");
    count_ = up_to(blocks_, static_cast<int64_t>(blocks_.size())) + 2;
  } else if (layers && have_part(*layers, "blocks")) {
    layout_ = Layout::mixmim;
    blocks_ = blocks_of(*layers, "blocks");
    count_ = up_to(blocks_, static_cast<int64_t>(blocks_.size())) + 2;
  } else if (layers) {
    layout_ = Layout::blocks;
    count_ = static_cast<int64_t>(layers->children.size()) + 2;
  } else if (child_of(backbone, "layer4")) {
    for (const char* stage : {"layer1", "layer2", "layer3", "layer4"}) {
      const ModuleView* own = child_of(backbone, stage);
      blocks_.push_back(own ? static_cast<int64_t>(own->children.size()) : 0);
    }
    struct Grouping {
      int64_t blocks2, blocks3, group2, group3;
    };
    for (const Grouping& known : {Grouping{4, 6, 2, 3}, {4, 23, 2, 3}, {8, 36, 4, 4}, {24, 36, 4, 4}, {30, 48, 5, 6}}) {
      if (blocks_[1] != known.blocks2 || blocks_[2] != known.blocks3) continue;
      layout_ = Layout::resnet;
      group2_ = known.group2, group3_ = known.group3;
      count_ = 2 + quotient_up(blocks_[1], group2_) + quotient_up(blocks_[2], group3_) + 2;
    }
  }
}

int64_t LayerDepths::of(const std::string& param) const {
  if (layout_ == Layout::modules) return by_module_.at(param);
  if (param.starts_with(prefix_)) return in_backbone(param.substr(prefix_.size()));
  return layout_ == Layout::mixmim && param.starts_with("neck") ? count_ - 2 : count_ - 1;
}

int64_t LayerDepths::in_backbone(const std::string& param) const {
  const std::vector<std::string> parts = split(param, '.');
  const auto is_below = [&](const char* name) { return param.starts_with(name) && parts.size() > 1; };
  switch (layout_) {
    case Layout::blocks:
      if (param == "cls_token" || param == "pos_embed" || param.starts_with("patch_embed")) return 0;
      return is_below("layers.") || is_below("blocks.") ? number(parts[1]) + 1 : count_ - 1;
    case Layout::swin:
      if (param.starts_with("patch_embed")) return 0;
      return is_below("stages.") ? in_stages(parts) : count_ - 1;
    case Layout::mixmim:
      if (param.find("patch_embed") != std::string::npos || param.find("pos_embed") != std::string::npos) return 0;
      return is_below("layers.") ? in_stages(parts) : count_ - 2;
    case Layout::convnext:
      if (is_below("downsample_layers.")) {
        const int64_t stage = number(parts[1]);
        return stage == 0 ? 0 : stage == 3 ? count_ - 2 : stage + 1;
      }
      if (is_below("stages.")) {
        const int64_t stage = number(parts[1]);
        return stage == 3 ? count_ - 2 : stage == 2 ? 3 + number(parts[2]) / 3 : stage + 1;
      }
      return count_ - 1;
    case Layout::resnet: {
      if (!param.starts_with("layer")) return 0;
      const int64_t stage = number(parts[0].substr(5)), block = number(parts[1]);
      if (stage == 1) return 1;
      if (stage == 2) return 2 + block / group2_;
      if (stage == 3) return 2 + quotient_up(blocks_[1], group2_) + block / group3_;
      return count_ - 2;
    }
    default:
      return count_ - 1;
  }
}

/// stages.N.blocks.M.…: the blocks are counted over all stages; what stands behind them belongs to the last one.
int64_t LayerDepths::in_stages(const std::vector<std::string>& parts) const {
  const int64_t stage = number(parts[1]);
  if (parts.size() > 3 && parts[2] == "blocks") return up_to(blocks_, stage) + number(parts[3]) + 1;
  return up_to(blocks_, stage + 1);
}

}  // namespace millrace
