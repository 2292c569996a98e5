#include "millrace/nn/initializer.h"

#include <fmt/format.h>
#include <torch/nn/module.h>

#include <algorithm>

#include "millrace/base/class_name.h"
#include "millrace/base/text.h"
#include "millrace/nn/init.h"
#include "millrace/nn/init_record.h"
#include "millrace/nn/module_kind.h"

namespace millrace::nn {
namespace {

void init_tree(const torch::nn::Module& module, const ModuleView& view) {
  const auto* const own = dynamic_cast<const HasInit*>(&module);
  if (own) {
    own->apply_init(view);
    InitRecord::note(view, fmt::format("Initialized by user-defined `init_weights` in {}", view.type_name));
  }
  size_t child = 0;
  for (const auto& below : module.children()) init_tree(*below, view.children.at(child++));
  if (own) own->apply_last_init(view);
}

/// Applies an entry of init_cfg; what it throws says where the entry is.
void apply_placed(const Component<Initializer>& entry, const Initializer& initializer, const ModuleView& own) {
  try {
    initializer.apply(own);
    InitRecord::note(own, initializer.text());
  } catch (Error& error) {
    if (const Place& place = entry.config().place(); place.known()) error.note("in the init_cfg of " + place.str());
    throw;
  }
}

}  // namespace

double LayerInitializer::bias() const {
  return targets_.bias_prob ? init::bias_of_prob(*targets_.bias_prob) : targets_.bias;
}

std::string LayerInitializer::text() const { return fmt::format("{}, bias={}", own_text(), bias()); }

void LayerInitializer::fill_layer(const ModuleView& layer) const {
  for (const ModuleView::Named& param : layer.params) {
    if (param.name == "bias") init::constant_(param.tensor, bias());
    if (param.name != "weight") continue;
    try {
      fill_(param.tensor);
    } catch (Error& error) {
      throw error.note("while initialising " + (layer.path.empty() ? "" : layer.path + ".") + param.name);
    }
  }
}

void LayerInitializer::apply(const ModuleView& root) const {
  root.walk([&](const ModuleView& view) {
    const LayerType* const known = layer_type(view.type_name);
    const std::string_view base = known ? known->base : view.layer;  // a class of the user derives from a layer
    const auto& names = targets_.layer;
    if (std::any_of(names.begin(), names.end(),
                    [&](const std::string& name) { return name == view.type_name || (!base.empty() && name == base); }))
      fill_layer(view);
  });
  InitRecord::note(root, text());
  for (const InitOverride& override : targets_.override) apply_override(override, root);
}

void LayerInitializer::apply_to_all(const ModuleView& root) const {
  root.walk([&](const ModuleView& view) { fill_layer(view); });
}

void LayerInitializer::apply_override(const InitOverride& override, const ModuleView& root) const {
  const auto part = std::find_if(root.children.begin(), root.children.end(), [&](const ModuleView& child) {
    return child.path == (root.path.empty() ? "" : root.path + ".") + override.name;
  });
  if (part == root.children.end()) {
    std::vector<std::string> names;
    for (const ModuleView& child : root.children) names.push_back(child.path.substr(child.path.rfind('.') + 1));
    throw Error(fmt::format("override names '{}', which is no submodule of {}{}", override.name, root.type_name,
                            did_you_mean(override.name, names)))
        .note("submodules: " + (names.empty() ? "none" : join(names)));
  }
  const std::shared_ptr<Initializer> other = override.init.empty() ? nullptr : override.init.build();
  const Initializer& initializer = other ? *other : static_cast<const Initializer&>(*this);
  initializer.apply_to_all(*part);
  InitRecord::note(*part, initializer.text());
}

std::string Initializer::text() const { return class_name_of(typeid(*this)); }

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

}  // namespace millrace::nn
