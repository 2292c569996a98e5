#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Number of insertions, deletions, substitutions and swaps of neighbours between two strings (optimal string
/// alignment: Damerau 1964, restricted to one edit a substring).
int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, if one is close enough to be what was meant. Close is an edit distance of at most a
/// third of the longer length (case, and '_' against '-', cost nothing), or a candidate that contains `name`, if that
/// has at least four letters.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

/// A stricter one, for where a name near a known one is a mistake and any other name is allowed: the distance is at
/// most a quarter of the longer length, and a part of a candidate does not count.
std::optional<std::string> nearest_spelling(std::string_view name, std::span<const std::string> candidates);

/// "; did you mean 'x'?" if a candidate is near, else "".
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

/// "a, b, c".
std::string join(std::span<const std::string> parts, std::string_view separator = ", ");

/// "'a', 'b' or 'c'".
std::string quoted_choice(std::span<const std::string> parts);

/// "1 file", "3 files".
std::string counted(int64_t number, std::string_view thing);

std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);

/// The shortest decimal that reads back as the same double, as Python's repr writes it: 1.0, 0.1, 1e-05, inf, nan.
std::string repr(double value);

/// With the given number of decimals, in any locale: 0.0013, 1.0000e-02 (std::chars_format::scientific), nan, inf.
std::string decimals(double value, int64_t digits, std::chars_format format = std::chars_format::fixed);

}  // namespace millrace
