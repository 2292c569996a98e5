#include "millrace/optim/constructors/learning_rate_decay_optimizer_constructor.h"

#include "millrace/base/error.h"
#include "millrace/optim/constructors/backbone_layers.h"

namespace millrace {

LearningRateDecayOptimizerConstructor::LearningRateDecayOptimizerConstructor(Options options)
    : options_(checked<LearningRateDecayOptimizerConstructor>(std::move(options))) {}

std::vector<ParamGroup> LearningRateDecayOptimizerConstructor::groups(const ModuleView& model, const Base& base,
                                                                      std::vector<Notice>& notices) const {
  const ModuleView* backbone = model.find("backbone");
  if (!backbone)
    throw Error("a decay by layers needs a model with a part `backbone`, which " + model.type_name + " lacks");
  const auto is = [&](const char* name) { return backbone->type_name.find(name) != std::string::npos; };
  const bool by_stage = options_.decay_type == DecayType::stage_wise;
  if (!is("ConvNeXt") && (by_stage || !(is("BEiT") || is("MAE"))))
    throw Error("LearningRateDecayOptimizerConstructor knows the " + std::string(by_stage ? "stages" : "layers") +
                " of " + (by_stage ? "ConvNeXt" : "ConvNeXt, BEiT and MAE") + ", and the backbone is " +
                backbone->type_name)
        .note("LearningRateDecayOptimWrapperConstructor knows more backbones");
  BackboneDecay decay{.num_layers = *options_.num_layers, .decay_rate = *options_.decay_rate};
  decay.layer = by_stage ? convnext_stage : is("ConvNeXt") ? convnext_layer : vit_layer;
  decay.is_undecayed = [](const std::string& name) { return name == "pos_embed" || name == "cls_token"; };
  return groups_by_layer(decay, model, base, notices);
}

MILLRACE_REGISTER(OptimWrapperConstructor, LearningRateDecayOptimizerConstructor);

}  // namespace millrace
