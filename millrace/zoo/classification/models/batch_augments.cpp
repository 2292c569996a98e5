#include "millrace/zoo/classification/models/batch_augments.h"

namespace millrace {

void TypeOf<classification::BatchAugments>::bind(classification::BatchAugments& field, const Value& value,
                                                 Binder& binder) {
  if (value.is_null()) return;
  if (!value.is_dict()) return binder.wrong_type(value, "a dict with 'augments', or None");
  const Value* augments = value.find("augments");
  const bool is_empty = value.as_dict().empty() || (augments && augments->is_null());
  if (is_empty && !value.find("type")) return;
  static_cast<Component<BatchAugment>&>(field) =
      Component<BatchAugment>(bind_component(BatchAugment::kKind, value, binder, "RandomBatchAugment"));
}

}  // namespace millrace
