#include "millrace/picture/ink.h"

#include <charconv>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {
namespace {

struct NamedColour {
  const char* name;
  Rgb colour;
};

constexpr NamedColour kNamedColours[] = {
    {"b", {0, 0, 255}},         {"g", {0, 128, 0}},          {"r", {255, 0, 0}},         {"c", {0, 191, 191}},
    {"m", {191, 0, 191}},       {"y", {191, 191, 0}},        {"k", {0, 0, 0}},           {"w", {255, 255, 255}},
    {"black", {0, 0, 0}},       {"silver", {192, 192, 192}}, {"gray", {128, 128, 128}},  {"grey", {128, 128, 128}},
    {"white", {255, 255, 255}}, {"maroon", {128, 0, 0}},     {"red", {255, 0, 0}},       {"purple", {128, 0, 128}},
    {"fuchsia", {255, 0, 255}}, {"green", {0, 128, 0}},      {"lime", {0, 255, 0}},      {"olive", {128, 128, 0}},
    {"yellow", {255, 255, 0}},  {"navy", {0, 0, 128}},       {"blue", {0, 0, 255}},      {"teal", {0, 128, 128}},
    {"aqua", {0, 255, 255}},    {"cyan", {0, 255, 255}},     {"magenta", {255, 0, 255}}, {"orange", {255, 165, 0}},
    {"pink", {255, 192, 203}},  {"brown", {165, 42, 42}},    {"gold", {255, 215, 0}},    {"violet", {238, 130, 238}},
};

std::optional<Rgb> colour_of_digits(std::string_view name) {
  uint32_t value = 0;
  const char* const end = name.data() + name.size();
  if (name.size() != 7 || name[0] != '#') return std::nullopt;
  if (const auto read = std::from_chars(name.data() + 1, end, value, 16); read.ec != std::errc() || read.ptr != end)
    return std::nullopt;
  return Rgb{static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

}  // namespace

Ink::Ink(std::string_view name) {
  if (name == "none") return;
  if ((colour_ = colour_of_digits(name))) return;
  std::vector<std::string> names{"none"};
  for (const NamedColour& known : kNamedColours) {
    if (name == known.name) {
      colour_ = known.colour;
      return;
    }
    names.emplace_back(known.name);
  }
  throw Error("there is no colour '" + std::string(name) + "'" + did_you_mean(name, names))
      .note("colours: " + join(names))
      .note("a colour is a name, '#rrggbb', or red, green and blue from 0 to 255");
}

Rgb jet(uint8_t level) {
  const auto byte = [](int value) { return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value); };
  const int i = level;
  if (i < 32) return {0, 0, byte(128 + 4 * i)};
  if (i < 96) return {0, byte(4 * (i - 32)), 255};
  if (i < 160) return {byte(4 * (i - 96) + 2), 255, i == 159 ? uint8_t{1} : byte(254 - 4 * (i - 96))};
  if (i < 224) return {255, byte(252 - 4 * (i - 160)), 0};
  return {byte(252 - 4 * (i - 224)), 0, 0};
}

}  // namespace millrace
