#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

namespace millrace::classification {

/// What tells the figures of several thresholds apart: "_thr-0.50", "_no-thr"; "" where there is one threshold alone.
inline std::string threshold_suffix(const std::optional<double>& thr, size_t thresholds) {
  if (thresholds == 1) return {};
  return thr ? fmt::format("_thr-{:.2f}", *thr) : "_no-thr";
}

}  // namespace millrace::classification
