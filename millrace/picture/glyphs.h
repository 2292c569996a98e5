#pragma once

#include <array>
#include <cstdint>

#include "millrace/picture/letters.h"

namespace millrace {

/// A character of 7 x 13 pixels: for each row from the top a byte, whose bit 6 is the pixel on the left.
using Glyph = std::array<uint8_t, 13>;

/// The letter's picture, its accent included; that of '?' for a base that is no printable ASCII.
Glyph glyph_of(Letter letter);

}  // namespace millrace
