#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The number that a whole field is, with '.' or ',' before its decimals; none if it is not one. "nan" and "inf" are not.
std::optional<double> csv_number(std::string_view field, char decimal = '.');

/// Why a field that a person would call a number is not read as one: "it has a decimal comma", thousands separators, a
/// percent sign, …; "" for any other text.
///
///     trouble_of_number("0,04");     // "it has a decimal comma"
///     trouble_of_number("blue");     // ""
std::string trouble_of_number(std::string_view field, char decimal = '.');

}  // namespace millrace
