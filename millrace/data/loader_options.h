#pragma once

#include "millrace/registry/component.h"

namespace millrace {

/// A `collate_fn` of a config. All collate functions make the same columns: tensors of one shape are stacked, others
/// are concatenated or put into a list (see Batch::from).
class CollateFn {
 public:
  static constexpr const char* kKind = "CollateFn";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::seldom};
  using Registry = millrace::Registry<CollateFn>;
  virtual ~CollateFn() = default;
};

/// The two of MMEngine, which do the same here.
class pseudo_collate final : public CollateFn {};   // NOLINT: the name that configs use
class default_collate final : public CollateFn {};  // NOLINT: the name that configs use

}  // namespace millrace
