#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "millrace/picture/rgb_image.h"

namespace millrace {

class Sample;

/// The `img` of a row of a batch as a picture; nothing if the row has no image that can be shown.
///
/// Images are (1, H, W) or (3, H, W), of bytes or of floats from 0 to 255. The order of colours is the row's
/// `channel_order`.
std::optional<RgbImage> picture_of(const Sample& row);

/// Pictures in rows of `columns`.
RgbImage sheet_of(const std::vector<RgbImage>& pictures, int64_t columns);

}  // namespace millrace
