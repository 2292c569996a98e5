#include "millrace/zoo/classification/keys.h"

namespace millrace::keys {

const Key gt_label("gt_label");
const Key gt_score("gt_score");
const Key pred_label("pred_label");
const Key pred_score("pred_score");

}  // namespace millrace::keys
