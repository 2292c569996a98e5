#include "millrace/zoo/classification/keys.h"

namespace millrace::keys {

const Key gt_score("gt_score");

}  // namespace millrace::keys
