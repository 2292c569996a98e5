#pragma once

#include "millrace/model/batch_augment.h"
#include "millrace/registry/component.h"

namespace millrace::classification {

/// The keys `train_cfg` of an ImageClassifier and `batch_augments` of its data preprocessor: ways to mix the images of
/// a batch. Without a `type` in a config it is a RandomBatchAugment; a dict without augments, and None, mix nothing.
class BatchAugments : public Component<BatchAugment> {
 public:
  using Component<BatchAugment>::Component;
};

}  // namespace millrace::classification

namespace millrace {

template <>
struct TypeOf<classification::BatchAugments> {
  static std::string name() { return "dict of augments and probs, or a BatchAugment"; }
  static void bind(classification::BatchAugments& field, const Value& value, Binder& binder);
  static Value dump(const classification::BatchAugments& field) { return TypeOf<Component<BatchAugment>>::dump(field); }
  static void check(const classification::BatchAugments& field, Binder& binder) {
    TypeOf<Component<BatchAugment>>::check(field, binder);
  }
};

}  // namespace millrace
