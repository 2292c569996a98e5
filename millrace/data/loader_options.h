#pragma once

#include "millrace/registry/component.h"

namespace millrace {

/// MMEngine's names of ways to put samples together. A batch is columnar whichever is named: tensors of one shape are
/// stacked, others lie behind each other or in a list (see Batch::from).
struct CollateFn {
  enum class Name { pseudo_collate, default_collate };
  Required<Name> type;
  template <class Fields>
  static void describe(Fields& f) {
    f("type", &CollateFn::type, "both mean the same here");
  }
};

/// The key `batch_sampler`: None, or a mistake. Batches are consecutive rows of the sampler.
struct NoBatchSampler {};
template <>
struct TypeOf<NoBatchSampler> {
  static std::string name() { return "None"; }
  static void bind(NoBatchSampler& field, const Value& value, Binder& binder);
  static Value dump(const NoBatchSampler&) { return {}; }
};

}  // namespace millrace
