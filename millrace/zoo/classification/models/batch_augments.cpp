#include "millrace/zoo/classification/models/batch_augments.h"

namespace millrace {

void TypeOf<classification::NoBatchAugments>::bind(classification::NoBatchAugments&, const Value& value,
                                                   Binder& binder) {
  if (value.is_null()) return;
  if (!value.is_dict()) return binder.wrong_type(value, "a dict with 'augments', or None");
  const Value* augments = value.find("augments");
  if (!augments || augments->is_null()) return;
  const Binder::Step step(binder, "augments");
  if (!augments->is_sequence()) {
    bind_component("BatchAugment", *augments, binder);
    return;
  }
  for (const Value& augment : augments->items()) bind_component("BatchAugment", augment, binder);
}

}  // namespace millrace
