#pragma once

#include <string>
#include <string_view>

#include "millrace/config/big_integer.h"

namespace millrace::py {

/// How one value is written: the fields of Python's "Format Specification Mini-Language", which those of "printf-style
/// String Formatting" map onto.
struct FormatSpec {
  std::string fill = " ";  // one character
  char align = 0;          // '<', '>', '^', '=' (between sign and digits); 0: as usual for the value
  char sign = '-';
  bool alternate = false;  // '#'
  bool zero = false;
  size_t width = 0;
  char grouping = 0;
  int precision = -1;
  char type = 0;
};

/// `prefix` and `body` filled up to the width; `usual` is the alignment if the specification has none.
std::string padded(const std::string& prefix, const std::string& body, const FormatSpec& spec, char usual);
/// "-" for a negative number, else "" or the sign that the specification asks for.
std::string sign_text(bool negative, const FormatSpec& spec);
/// The digits of |value| by type, precision and '#' ('e', 'f', 'g', their capitals, '%', or 0 as repr() writes it).
std::string float_digits(double value, const FormatSpec& spec);
/// The digits of |value| for the types b, o, x, X; decimal for all others.
std::string integer_digits(const BigInteger& value, char type);
/// "1,234,567": a separator after every so many digits, from the right.
std::string grouped(const std::string& digits, char separator, size_t every);
/// At most `count` characters of UTF-8.
std::string first_characters(std::string text, int count);

}  // namespace millrace::py
