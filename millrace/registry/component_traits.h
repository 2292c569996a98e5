#pragma once

namespace millrace {

/// What the look-up of names and the validation of configs must know about a kind of component. A base type that
/// differs from the defaults declares: `static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};`
struct ComponentTraits {
  /// Whether libraries of tasks often have a class with the name of one of the root's. Then a bare name is not taken
  /// for the root's class if the library is not installed, or if a part of a config does not name its scope. `seldom`:
  /// the name most probably means the root's class, with the library or without.
  enum class InTasks { never, seldom, often };
  InTasks in_tasks = InTasks::never;
  /// Configs that a component of this kind holds are built as they are. Other kinds may take their own keys out of them
  /// before.
  bool passes_configs_on = false;
};
using InTasks = ComponentTraits::InTasks;

}  // namespace millrace
