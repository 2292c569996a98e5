#pragma once

#include <array>
#include <cstdint>

#include "millrace/picture/letters.h"

namespace millrace {

/// A character of 7 x 13 pixels: one byte for each row from the top; bit 6 is the left pixel.
using Glyph = std::array<uint8_t, 13>;

/// The glyph of a letter with its accent; that of '?' if the base is not printable ASCII.
Glyph glyph_of(Letter letter);

}  // namespace millrace
