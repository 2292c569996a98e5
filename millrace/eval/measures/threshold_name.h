#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <string>

namespace millrace {

/// The suffix of a metric's name for one of several thresholds: "_thr-0.50", "_no-thr"; "" if there is only one
/// threshold.
inline std::string threshold_suffix(const std::optional<double>& thr, size_t thresholds) {
  if (thresholds == 1) return {};
  return thr ? fmt::format("_thr-{:.2f}", *thr) : "_no-thr";
}

}  // namespace millrace
