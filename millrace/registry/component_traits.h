#pragma once

namespace millrace {

/// What the look-up of names and the validation of configs must know of a kind of component. A base type that differs
/// from this says so: `static constexpr ComponentTraits kTraits{.defined_by_tasks = true};`
struct ComponentTraits {
  /// The library of a task may have a class of its own under any name. Where that library is not installed, or a part of
  /// a config does not say which it is, a bare name is nobody's: it is not taken for the root's class of that name.
  bool defined_by_tasks = false;
  /// Configs that a component of this kind holds are built as they are. Another kind may take keys of its own out of
  /// them before.
  bool passes_configs_on = false;
};

}  // namespace millrace
