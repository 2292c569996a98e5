#include "millrace/data/samplers/consecutive_batches.h"

#include <algorithm>
#include <numeric>

namespace millrace {

int64_t ConsecutiveBatches::length(int64_t rows) const {
  return rows / batch_size_ + (!drop_last_ && rows % batch_size_ != 0 ? 1 : 0);
}

int64_t ConsecutiveBatches::last_batch_rows(int64_t rows) const {
  if (length(rows) == 0) return -1;
  return drop_last_ || rows % batch_size_ == 0 ? batch_size_ : rows % batch_size_;
}

BatchCut ConsecutiveBatches::cut(std::span<const int64_t> order, const Dataset&, Rest rest) const {
  const auto rows = static_cast<int64_t>(order.size());
  const bool full_ones_alone = drop_last_ || rest == Rest::next_pass;
  const int64_t used = full_ones_alone ? rows - rows % batch_size_ : rows;
  BatchCut cut;
  cut.places.resize(static_cast<size_t>(used));
  std::iota(cut.places.begin(), cut.places.end(), 0);
  for (int64_t begin = 0; begin < used; begin = cut.ends.back())
    cut.ends.push_back(begin + std::min(batch_size_, used - begin));
  return cut;
}

}  // namespace millrace
