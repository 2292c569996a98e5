#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/registry/component.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// The hooks that every run has, by name. A config's `default_hooks` changes them: an entry without a `type`, or with
/// the same one, changes keys of the default; None removes it; another name adds a hook.
struct DefaultHooks {
  std::vector<std::pair<std::string, Component<Hook>>> hooks;

  /// Only the defaults.
  DefaultHooks();
  /// Throws Error if no hook has that name.
  void remove(std::string_view name);
};

template <>
struct TypeOf<DefaultHooks> {
  static std::string name() { return "dict of Hook or None"; }
  static void bind(DefaultHooks& field, const Value& value, Binder& binder);
  static void check(const DefaultHooks& field, Binder& binder) {
    for (const auto& [name, hook] : field.hooks) {
      const Binder::Step step(binder, name);
      TypeOf<Component<Hook>>::check(hook, binder);
    }
  }
  static Value dump(const DefaultHooks& field);
};

}  // namespace millrace
