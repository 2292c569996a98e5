#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace {

/// The accent above or below a letter.
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

/// The characters of a text in UTF-8 as letters. Those of Latin-1, Latin Extended-A and Romanian become a base with its
/// accent, whether composed or followed by a combining accent; letters without such a form are respelt: "ß" is "ss",
/// "Ø" is "O". Any other character becomes '?', a control character a blank.
std::vector<Letter> letters_of(std::string_view text);

}  // namespace millrace
