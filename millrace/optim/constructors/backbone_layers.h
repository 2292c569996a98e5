#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "millrace/log/notice.h"
#include "millrace/nn/module_view.h"
#include "millrace/optim/param_group.h"
#include "millrace/optim/param_rules.h"

namespace millrace {

/// The layer of a parameter of the backbones that mmsegmentation, mmdetection and mmpose decay, from its name and the
/// number of layers that the config gives; 0 is the stem.
///
/// vit_layer       cls_token, mask_token, pos_embed, patch_embed: 0; layers.N: N + 1; any other: num_layers + 1
/// convnext_layer  downsample_layers 0, 2, 3, num_layers; stages 1, 2, three blocks a layer from 3 on, num_layers;
///                 any other: num_layers + 1
/// convnext_stage  the stem and all downsample_layers: 0; stages.N: N + 1; any other: num_layers + 1
int64_t vit_layer(const std::string& param, int64_t num_layers);
int64_t convnext_layer(const std::string& param, int64_t num_layers);
int64_t convnext_stage(const std::string& param, int64_t num_layers);

/// How the learning rate falls over a backbone:  lr(layer) = lr * decay_rate^(num_layers + 1 - layer).
struct BackboneDecay {
  int64_t num_layers = 0;
  double decay_rate = 1;
  std::function<int64_t(const std::string& param, int64_t num_layers)> layer;
  std::function<bool(const std::string& param)> is_undecayed;  // besides biases and parameters of one dimension
};

/// Groups by layer, and in each layer those without weight decay: biases, parameters of one dimension and what
/// `decay.is_undecayed` names. Frozen parameters are left out.
std::vector<ParamGroup> groups_by_layer(const BackboneDecay& decay, const ModuleView& model, const BaseSettings& base,
                                        std::vector<Notice>& notices);

}  // namespace millrace
