#pragma once

#include <string>

namespace millrace {

/// A table "x,y,arm" of 1,500 points on three interleaved spirals, with a little noise: the same text at every call.
/// Point i of arm k lies at radius t = (i + 1) / 500 and angle 4 t + 2 pi k / 3, each coordinate moved by up to 0.02.
std::string spiral_points();

}  // namespace millrace
