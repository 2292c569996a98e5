#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "millrace/nn/module_view.h"

namespace millrace {

/// In which layer of a network each parameter lies, for learning rates that fall from the head to the stem: 0 is the
/// stem, count() - 1 what follows the backbone.
///
/// The layers are those of mmpretrain, told by the names of the backbone's parts (the child `backbone`, else the whole):
///     layers.N, blocks.N           ViT, BEiT, MAE, …: block N is N + 1; patch_embed, cls_token and pos_embed are 0
///     stages.N.blocks.M            Swin: blocks are counted over all stages; a downsampling is in its last block's layer
///     layers.N.blocks.M            MixMIM: the same; the neck and the last norm are in the layer before the head's
///     downsample_layers, stages    ConvNeXt: 1, 2, three blocks a layer in the third stage, then one; 8 or 14 in all
///     layer1 … layer4              ResNet-50, 101, 152, 200 and 269: 1, some blocks a layer in the stages 2 and 3, one
/// In any other network each module with parameters is a layer (ModuleView::depth).
class LayerDepths {
 public:
  explicit LayerDepths(const ModuleView& model);

  int64_t count() const { return count_; }
  /// `param` is a name from all_params().
  int64_t of(const std::string& param) const;
  /// False where each module is a layer of its own.
  bool knows_layout() const { return layout_ != Layout::modules; }

 private:
  enum class Layout { blocks, swin, mixmim, convnext, resnet, modules };
  void measure(const ModuleView& backbone);
  int64_t in_backbone(const std::string& param) const;
  int64_t in_stages(const std::vector<std::string>& parts) const;

  std::string prefix_;  // "backbone." or ""
  Layout layout_ = Layout::modules;
  int64_t count_ = 0;
  std::vector<int64_t> blocks_;      // of each stage
  int64_t group2_ = 1, group3_ = 1;  // ResNet: blocks a layer in stages 2 and 3
  std::unordered_map<std::string, int64_t> by_module_;
};

}  // namespace millrace
