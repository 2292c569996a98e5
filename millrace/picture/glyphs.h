#pragma once

#include <array>
#include <cstdint>

namespace millrace {

/// A character of 7 x 13 pixels: for each row from the top a byte, whose bit 6 is the pixel on the left.
using Glyph = std::array<uint8_t, 13>;

/// The character's picture; that of '?' for what is no printable ASCII.
const Glyph& glyph_of(char letter);

}  // namespace millrace
