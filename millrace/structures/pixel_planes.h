#pragma once

#include <cstdint>

namespace millrace {

/// Rows of pixels of three bytes each, as three planes of height · width bytes. Rows begin `row_bytes` after each other:
/// more than 3 · width in a window of an image. (The bulk of what putting a colour image into a batch costs;
/// bench/data/loader.)
void split_into_planes(const uint8_t* pixels, int64_t row_bytes, int64_t height, int64_t width, uint8_t* planes);

}  // namespace millrace
