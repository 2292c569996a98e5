#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "millrace/picture/rgb_image.h"

namespace millrace {

class Sample;

/// The `img` of a batch's row as a picture; none if it has none that can be shown.
///
/// Shown are (1, H, W) and (3, H, W), of bytes, or of floating point in 0 to 255. The order of
/// colours is that of the row's `channel_order`.
std::optional<RgbImage> picture_of(const Sample& row);

/// Pictures in rows of `columns`.
RgbImage sheet_of(const std::vector<RgbImage>& pictures, int64_t columns);

}  // namespace millrace
