#include "millrace/project/points.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>
#include <random>

namespace millrace {

std::string spiral_points() {
  constexpr int kPoints = 500;
  constexpr std::array<const char*, 3> kArms = {"red", "green", "blue"};
  std::mt19937 draw(0);  // its numbers, unlike those of distributions, are the same with every library
  const auto noise = [&] { return (static_cast<double>(draw()) / 4294967295.0 - 0.5) * 0.04; };
  std::string text = "x,y,arm\n";
  for (int i = 0; i < kPoints; ++i) {
    const double radius = (i + 1.0) / kPoints;
    for (size_t arm = 0; arm < kArms.size(); ++arm) {
      const double angle = 4 * radius + 2 * std::numbers::pi * static_cast<double>(arm) / kArms.size();
      const double x = radius * std::cos(angle) + noise(), y = radius * std::sin(angle) + noise();
      text += fmt::format("{:.4f},{:.4f},{}\n", x, y, kArms[arm]);
    }
  }
  return text;
}

}  // namespace millrace
