#pragma once

#include <cstdint>

namespace millrace {

/// Turns rows of interleaved pixels of three bytes into three planes of height · width bytes each. `row_bytes` is the
/// distance between rows: more than 3 · width in a window of an image. (This is most of the cost of putting a colour
/// image into a batch; bench/data/loader.)
void split_into_planes(const uint8_t* pixels, int64_t row_bytes, int64_t height, int64_t width, uint8_t* planes);

}  // namespace millrace
