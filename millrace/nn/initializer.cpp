#include "millrace/nn/initializer.h"

#include <torch/nn/module.h>

#include <algorithm>

#include "millrace/nn/fan_initializers.h"
#include "millrace/nn/initializers.h"
#include "millrace/nn/module_kind.h"

namespace millrace::nn {
namespace {

void init_tree(const torch::nn::Module& module, const ModuleView& view) {
  const auto* const own = dynamic_cast<const HasInit*>(&module);
  if (own) own->apply_init(view);
  size_t child = 0;
  for (const auto& below : module.children()) init_tree(*below, view.children.at(child++));
  if (own) own->apply_last_init(view);
}

/// Applies an entry of init_cfg; what it throws says where the entry is.
void apply_placed(const Component<Initializer>& entry, const Initializer& initializer, const ModuleView& own) {
  try {
    initializer.apply(own);
  } catch (Error& error) {
    if (const Place& place = entry.config().place(); place.known()) error.note("in the init_cfg of " + place.str());
    throw;
  }
}

}  // namespace

void LayerInitializer::apply(const ModuleView& root) const {
  root.walk([&](const ModuleView& view) {
    const LayerType* const known = layer_type(view.type_name);
    const auto& names = targets_.layer;
    if (std::none_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name == view.type_name || (known && name == known->base); }))
      return;
    for (const ModuleView::Named& param : view.params) {
      if (param.name == "bias")
        init::constant_(param.tensor, targets_.bias_prob ? init::bias_of_prob(*targets_.bias_prob) : targets_.bias);
      if (param.name != "weight") continue;
      try {
        fill_(param.tensor);
      } catch (Error& error) {
        throw error.note("while initialising " + (view.path.empty() ? "" : view.path + ".") + param.name);
      }
    }
  });
}

void HasInit::apply_init(const ModuleView& own) const {
  if (!init_) return;
  for (const Component<Initializer>& each : *init_)
    if (const auto initializer = each.build(); !initializer->comes_last()) apply_placed(each, *initializer, own);
}

void HasInit::apply_last_init(const ModuleView& own) const {
  if (!init_) return;
  for (const Component<Initializer>& each : *init_)
    if (const auto initializer = each.build(); initializer->comes_last()) apply_placed(each, *initializer, own);
}

bool HasInit::has_last_init() const {
  return init_ && std::any_of(init_->begin(), init_->end(),
                              [](const Component<Initializer>& each) { return each.build()->comes_last(); });
}

void init_weights(const torch::nn::Module& root) { init_tree(root, view_of(root)); }

namespace init {
MILLRACE_REGISTER(Initializer, Constant);
MILLRACE_REGISTER_AS(Initializer, Constant, ConstantInit);
MILLRACE_REGISTER(Initializer, Normal);
MILLRACE_REGISTER_AS(Initializer, Normal, NormalInit);
MILLRACE_REGISTER(Initializer, TruncNormal);
MILLRACE_REGISTER_AS(Initializer, TruncNormal, TruncNormalInit);
MILLRACE_REGISTER(Initializer, Uniform);
MILLRACE_REGISTER_AS(Initializer, Uniform, UniformInit);
MILLRACE_REGISTER(Initializer, Xavier);
MILLRACE_REGISTER_AS(Initializer, Xavier, XavierInit);
MILLRACE_REGISTER(Initializer, Kaiming);
MILLRACE_REGISTER_AS(Initializer, Kaiming, KaimingInit);
MILLRACE_REGISTER(Initializer, Caffe2Xavier);
MILLRACE_REGISTER_AS(Initializer, Caffe2Xavier, Caffe2XavierInit);
}  // namespace init

}  // namespace millrace::nn
