#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace {

/// What is above or below a letter.
enum class Accent : uint8_t {
  none,
  grave,
  acute,
  circumflex,
  tilde,
  diaeresis,
  ring,
  macron,
  breve,
  caron,
  dot,
  double_acute,
  cedilla,
  ogonek
};

/// A letter as the font can draw it.
struct Letter {
  char base = ' ';  // printable ASCII
  Accent accent = Accent::none;
  bool operator==(const Letter&) const = default;
};

/// The characters of a text in UTF-8 as letters: those of Latin-1 and Latin Extended-A (and of Romanian) are their base
/// with its accent, composed or followed by a combining one, or what they are written as without it: "ß" is "ss", "Ø"
/// is "O". Any other character is one '?', a control character a blank.
std::vector<Letter> letters_of(std::string_view text);

}  // namespace millrace
