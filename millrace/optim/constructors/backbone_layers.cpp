#include "millrace/optim/constructors/backbone_layers.h"

#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/optim/constructors/settled_groups.h"

namespace millrace {

namespace {

bool is_token(const std::string& param) {
  return param == "backbone.cls_token" || param == "backbone.mask_token" || param == "backbone.pos_embed";
}

/// The number at a place of "backbone.stages.2.11.gamma".
int64_t number_at(const std::string& param, size_t place) {
  const std::vector<std::string> parts = split(param, '.');
  if (place >= parts.size() || parts[place].find_first_not_of("0123456789") != std::string::npos)
    throw Error("the layers of the backbone are not numbered as they should be: '" + param + "'");
  return std::stoll(parts[place]);
}

}  // namespace

int64_t vit_layer(const std::string& param, int64_t num_layers) {
  if (is_token(param) || param.starts_with("backbone.patch_embed")) return 0;
  return param.starts_with("backbone.layers") ? number_at(param, 2) + 1 : num_layers + 1;
}

int64_t convnext_layer(const std::string& param, int64_t num_layers) {
  if (is_token(param)) return 0;
  if (param.starts_with("backbone.downsample_layers")) {
    const int64_t stage = number_at(param, 2);
    return stage == 0 ? 0 : stage == 3 ? num_layers : stage + 1;
  }
  if (!param.starts_with("backbone.stages")) return num_layers + 1;
  const int64_t stage = number_at(param, 2);
  return stage == 3 ? num_layers : stage == 2 ? 3 + number_at(param, 3) / 3 : stage + 1;
}

int64_t convnext_stage(const std::string& param, int64_t num_layers) {
  if (is_token(param) || param.starts_with("backbone.downsample_layers")) return 0;
  return param.starts_with("backbone.stages") ? number_at(param, 2) + 1 : num_layers + 1;
}

std::vector<ParamGroup> groups_by_layer(const BackboneDecay& decay, const ModuleView& model, const BaseSettings& base,
                                        std::vector<Notice>& notices) {
  if (!base.lr) throw Error("a decay by layers changes lr, but the optimizer has none");
  SettledGroups groups(SettledGroups::InFile::by_settings);
  LayerLog log(decay.num_layers + 2, *base.lr);
  for (const ModuleView::Named& param : model.all_params()) {
    if (!param.tensor.requires_grad()) continue;
    const bool is_undecayed =
        param.tensor.dim() == 1 || param.name.ends_with(".bias") || decay.is_undecayed(param.name);
    const int64_t layer = decay.layer(param.name, decay.num_layers);
    const double scale = std::pow(decay.decay_rate, static_cast<double>(decay.num_layers + 1 - layer));
    State given = State::dict({{"lr", scale * *base.lr}});
    if (is_undecayed) given["weight_decay"] = 0.0;
    else if (base.weight_decay) given["weight_decay"] = *base.weight_decay;
    log.add(layer, scale, given);
    groups.add(param, std::move(given));
  }
  log.write(notices);
  return groups.take();
}

}  // namespace millrace
