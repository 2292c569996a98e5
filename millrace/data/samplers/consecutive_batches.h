#pragma once

#include "millrace/data/batch_sampler.h"

namespace millrace {

/// Batches of consecutive rows, as in a loader without a batch sampler.
class ConsecutiveBatches final : public BatchSampler {
 public:
  ConsecutiveBatches(int64_t batch_size, bool drop_last) : batch_size_(batch_size), drop_last_(drop_last) {}

  int64_t length(int64_t rows) const override;
  int64_t last_batch_rows(int64_t rows) const override;
  BatchCut cut(std::span<const int64_t> order, const Dataset& dataset, Rest rest) const override;

 private:
  int64_t batch_size_;
  bool drop_last_;
};

}  // namespace millrace
