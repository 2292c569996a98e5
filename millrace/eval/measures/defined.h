#pragma once

#include <cmath>
#include <limits>
#include <span>

namespace millrace {

/// A figure without a value, such as the recall of a class that never occurs.
inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// a / b; undefined if b is 0.
inline double quotient(double a, double b) { return b == 0 ? kUndefined : a / b; }

/// The mean of the defined values; undefined if there are none.
inline double mean_of_defined(std::span<const double> values) {
  double sum = 0, count = 0;
  for (const double value : values)
    if (!std::isnan(value)) sum += value, count += 1;
  return quotient(sum, count);
}

}  // namespace millrace
