#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace millrace {

/// The largest power of two whose batches a training can have within a limit of memory.
///
///     const auto peak = [](int64_t size) { return (int64_t{1} << 20) * (8 + size); };   // trains, and measures
///     const BatchSizeSearch search = find_batch_size(peak, int64_t{4} << 30, 1024);
///
/// Sizes are tried from 1 on, so that none is tried that goes far beyond the limit: the peak of the next size is predicted
/// from the last two (memory is linear in the batch), and the search ends where the prediction is over the limit.
struct BatchSizeSearch {
  int64_t batch_size = 0;                            // 0: not even 1 fits
  std::vector<std::pair<int64_t, int64_t>> peaks{};  // of the sizes that were tried: (size, bytes)
  int64_t predicted = 0;                             // bytes of the next size; 0 if `most` ended the search
};

/// `peak` trains a few steps with batches of a size, and gives the most bytes that it took. `most`: no larger size.
BatchSizeSearch find_batch_size(const std::function<int64_t(int64_t)>& peak, int64_t limit_bytes, int64_t most);

}  // namespace millrace
