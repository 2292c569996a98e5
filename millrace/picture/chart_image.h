#pragma once

#include <string_view>
#include <vector>

#include "millrace/picture/chart.h"
#include "millrace/picture/rgb_image.h"

namespace millrace {

/// The page of draw_charts in pixels, two for each CSS pixel: for a PNG, where SVG can't be shown.
///
///     const RgbImage page = chart_image({Chart{"loss", "iteration"}}, "lenet", "8 epochs");
RgbImage chart_image(const std::vector<Chart>& charts, std::string_view title, std::string_view subtitle);

}  // namespace millrace
