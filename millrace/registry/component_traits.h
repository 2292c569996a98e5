#pragma once

namespace millrace {

/// What the look-up of names and the validation of configs must know of a kind of component. A base type that differs
/// from this says so: `static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};`
struct ComponentTraits {
  /// Whether the library of a task may have a class of its own under a name that the root has, too. Then a bare name is
  /// nobody's where that library is not installed, or where a part of a config does not say which it is: it is not taken
  /// for the root's class. `seldom`: with the library the name most probably means the root's.
  enum class InTasks { never, seldom, often };
  InTasks in_tasks = InTasks::never;
  /// Configs that a component of this kind holds are built as they are. Another kind may take keys of its own out of
  /// them before.
  bool passes_configs_on = false;
};
using InTasks = ComponentTraits::InTasks;

}  // namespace millrace
