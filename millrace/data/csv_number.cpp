#include "millrace/data/csv_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "millrace/base/text.h"

namespace millrace {

namespace {

bool take_front(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text = trim(text.substr(part.size()));
  return true;
}

bool take_back(std::string_view& text, std::string_view part) {
  if (!text.ends_with(part)) return false;
  text = trim(text.substr(0, text.size() - part.size()));
  return true;
}

std::string with_plain_blanks(std::string_view field) {
  std::string text(field);
  for (const std::string_view blank : {"\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"})  // no-break, narrow, thin
    for (size_t at; (at = text.find(blank)) != std::string::npos;) text.replace(at, blank.size(), " ");
  return text;
}

/// Digits with something between them: "1,234.5" is {"1", "234", "5"} and ",.".
struct DigitGroups {
  std::vector<size_t> sizes;
  std::string separators;
};

/// None where there is more than digits, separators and an exponent.
std::optional<DigitGroups> digit_groups(std::string_view text) {
  DigitGroups groups;
  size_t at = 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - begin;
  };
  groups.sizes.push_back(digits());
  while (at < text.size() && std::string_view(",.' ").find(text[at]) != std::string_view::npos) {
    groups.separators += text[at++];
    groups.sizes.push_back(digits());
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return std::nullopt;
  }
  const bool has_digits = std::any_of(groups.sizes.begin(), groups.sizes.end(), [](size_t size) { return size > 0; });
  return at == text.size() && has_digits ? std::optional(groups) : std::nullopt;
}

/// Whether the groups are thousands, perhaps with decimals behind another separator.
bool are_thousands(const DigitGroups& groups) {
  const std::string& separators = groups.separators;
  const size_t last = separators.size() - 1;
  const bool has_decimals =
      last > 0 && separators[last] != separators[0] && (separators[last] == ',' || separators[last] == '.');
  const size_t thousands = has_decimals ? last : last + 1;
  if (groups.sizes[0] < 1 || groups.sizes[0] > 3) return false;
  for (size_t i = 0; i < thousands; ++i)
    if (separators[i] != separators[0] || groups.sizes[i + 1] != 3) return false;
  return true;
}

}  // namespace

std::optional<double> csv_number(std::string_view field, char decimal) {
  std::string with_point;
  if (decimal != '.' && field.find_first_of(".,") != std::string_view::npos) {
    if (field.find('.') != std::string_view::npos) return std::nullopt;
    with_point = field;
    std::replace(with_point.begin(), with_point.end(), decimal, '.');
    field = with_point;
  }
  if (field.starts_with('+')) field.remove_prefix(1);
  double value = 0;
  const auto [end, failure] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (field.empty() || failure != std::errc() || end != field.data() + field.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::string trouble_of_number(std::string_view field, char decimal) {
  const std::string plain = with_plain_blanks(field);
  std::string_view rest = plain;
  const bool has_odd_minus = take_front(rest, "\xE2\x88\x92");  // U+2212
  if (!has_odd_minus && !take_front(rest, "-")) take_front(rest, "+");
  bool has_currency = false;
  for (const std::string_view sign : {"$", "€", "£", "¥"})
    has_currency = take_front(rest, sign) || take_back(rest, sign) || has_currency;
  const bool has_percent = take_back(rest, "%");
  const std::optional<DigitGroups> groups = digit_groups(rest);
  if (!groups) return "";
  const std::string& separators = groups->separators;
  const bool has_one_mark = separators == "," || separators == ".";
  if (!separators.empty() && !has_one_mark && !are_thousands(*groups)) return "";
  if (has_percent) return "it has a percent sign";
  if (has_currency) return "it has a sign of a currency";
  if (has_odd_minus) return "its minus sign is not '-'";
  if (separators == "," && decimal != ',') return "it has a decimal comma";
  if (separators == "." && decimal != '.') return "it has a decimal point, and decimal=','";
  if (!separators.empty() && !has_one_mark) return "it has thousands separators";
  return plain.find(' ') != std::string::npos ? "it has a blank in it" : "it is out of range";
}

}  // namespace millrace
