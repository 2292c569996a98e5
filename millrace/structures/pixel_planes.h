#pragma once

#include <cstdint>

namespace millrace {

/// Turns pixels of three bytes that lie one behind the other into three planes of `count` bytes each. (The bulk of what
/// putting a colour image into a batch costs; bench/data/loader.)
void split_into_planes(const uint8_t* pixels, int64_t count, uint8_t* planes);

}  // namespace millrace
