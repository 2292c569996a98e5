#pragma once

#include <string>

#include "millrace/registry/component.h"

namespace millrace {

namespace nn {

class Initializer;

/// An entry of `override`: other initial weights for all layers of one submodule.
///
///     init_cfg = dict(type='Normal', layer='Linear', std=0.01, override=dict(name='conv_out'))
///
/// `name` is a direct submodule of the module that has the init_cfg. With the name alone the submodule gets the settings of
/// the entry around it, whatever the classes of its layers; with a `type` and its keys, those of another initializer.
struct InitOverride {
  std::string name;
  Component<Initializer> init{};  // empty: the entry around it
};

}  // namespace nn

template <>
struct TypeOf<nn::InitOverride> {
  static std::string name() { return "dict of a name and an Initializer"; }
  static void bind(nn::InitOverride& field, const Value& value, Binder& binder);
  static Value dump(const nn::InitOverride& field);
  static void check(const nn::InitOverride& field, Binder& binder);
};

}  // namespace millrace
