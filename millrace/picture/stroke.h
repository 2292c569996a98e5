#pragma once

#include <vector>

#include "millrace/picture/coverage.h"
#include "millrace/picture/painter.h"

namespace millrace {

/// Adds a line of a width along the points. A solid one is joined at its corners; dashes are cut across. Ends are cut
/// at the last point.
void add_stroke(Coverage& coverage, std::vector<PixelPlace> points, bool is_closed, double width, LineStyle style);

}  // namespace millrace
