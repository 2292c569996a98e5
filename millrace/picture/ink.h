#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "millrace/picture/rgb_image.h"

namespace millrace {

/// The colour of something drawn, or none.
///
///     Ink edge = "g";                 // matplotlib's letters: b g r c m y k w
///     edge = "orange";                // a name
///     edge = "#ff8000";
///     edge = Rgb{255, 128, 0};
///     edge = "none";                  // draws nothing
///
/// Letters and names mean what they mean in matplotlib: "g" is (0, 128, 0).
class Ink {
 public:
  Ink() = default;                                               // none
  Ink(Rgb colour) : colour_(colour) {}                           // NOLINT: it is a colour
  Ink(std::string_view name);                                    // NOLINT; throws Error with the nearest name
  Ink(const char* name) : Ink(std::string_view(name)) {}         // NOLINT
  Ink(const std::string& name) : Ink(std::string_view(name)) {}  // NOLINT

  const std::optional<Rgb>& colour() const { return colour_; }

 private:
  std::optional<Rgb> colour_;
};

/// The colour of a level in the map "jet": from dark blue (0) by cyan, green and yellow to dark red (255). Equals
/// OpenCV's COLORMAP_JET.
Rgb jet(uint8_t level);

}  // namespace millrace
