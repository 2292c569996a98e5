#include "millrace/runner/batch_size_search.h"

#include <algorithm>

namespace millrace {

namespace {

/// From the last two sizes on a straight line, and a tenth of the rise more for what is not linear.
int64_t predicted_peak(const std::vector<std::pair<int64_t, int64_t>>& peaks) {
  const auto [size, bytes] = peaks.back();
  if (peaks.size() == 1) return bytes;
  const int64_t rise = std::max<int64_t>(0, bytes - peaks[peaks.size() - 2].second);
  return bytes + 2 * rise + 2 * rise / 10;
}

}  // namespace

BatchSizeSearch find_batch_size(const std::function<int64_t(int64_t)>& peak, int64_t limit_bytes, int64_t most) {
  BatchSizeSearch search;
  for (int64_t size = 1; size <= most; size *= 2) {
    const int64_t bytes = peak(size);
    search.peaks.emplace_back(size, bytes);
    if (bytes > limit_bytes) break;
    search.batch_size = size;
    search.predicted = predicted_peak(search.peaks);
    if (search.predicted > limit_bytes) return search;
  }
  if (!search.peaks.empty() && search.peaks.back().second <= limit_bytes) search.predicted = 0;
  else if (!search.peaks.empty()) search.predicted = search.peaks.back().second;
  return search;
}

}  // namespace millrace
