#pragma once

#include "millrace/registry/component.h"

namespace millrace {

/// A way to put samples together, as configs name one. A batch is columnar whichever it is: tensors of one shape are
/// stacked, others lie behind each other or in a list (see Batch::from).
class CollateFn {
 public:
  static constexpr const char* kKind = "CollateFn";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::seldom};
  using Registry = millrace::Registry<CollateFn>;
  virtual ~CollateFn() = default;
};

/// MMEngine's two, which mean the same here.
class pseudo_collate final : public CollateFn {};   // NOLINT: the name that configs use
class default_collate final : public CollateFn {};  // NOLINT: the name that configs use

}  // namespace millrace
