#pragma once

#include "millrace/registry/component.h"

namespace millrace::classification {

/// The keys `train_cfg` of an ImageClassifier and `batch_augments` of its data preprocessor: ways to mix the images of
/// a batch. This build has none, so components that a config names there are absent.
struct NoBatchAugments {};

}  // namespace millrace::classification

namespace millrace {

template <>
struct TypeOf<classification::NoBatchAugments> {
  static std::string name() { return "dict of augments, or None"; }
  static void bind(classification::NoBatchAugments& field, const Value& value, Binder& binder);
  static Value dump(const classification::NoBatchAugments&) { return {}; }
};

}  // namespace millrace
