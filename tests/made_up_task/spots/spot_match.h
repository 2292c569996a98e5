#pragma once

#include <utility>
#include <vector>

#include "millrace/structures/instances.h"

namespace millrace::spots {

/// Pairs of (place in truth, place in found) of one image: classes agree and the IoU of the boxes is at least 0.5. Each
/// is in one pair at most; what was found is asked in its order.
std::vector<std::pair<int64_t, int64_t>> matches(const Instances& truth, const Instances& found);

}  // namespace millrace::spots
