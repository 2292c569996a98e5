#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "millrace/data/dataset.h"
#include "millrace/data/row_order.h"

namespace millrace {

/// A batch that is to be made: which rows, and of a stream the raw samples themselves.
struct Draft {
  std::vector<Row> rows;
  std::vector<Sample> samples;  // as many as rows, or none
  State stream_state;           // of the stream behind these samples; none where it is not needed
};

/// Makes batches of drafts: loads, transforms, copies into place. Const, for several threads at once.
class BatchMaker {
 public:
  BatchMaker(const Dataset& dataset, uint64_t seed, Mode mode, BatchBuilder::Memory memory)
      : dataset_(dataset), seed_(seed), mode_(mode), memory_(memory) {}

  /// An exception says which sample it was: "sample 4711 of CocoDataset". Ends early, with what it has, once
  /// `is_stopped` is true.
  Batch make(Draft& draft, const std::atomic<bool>& is_stopped) const;
  /// Within a catch: throws what was caught again, with the sample's number and its dataset.
  [[noreturn]] void rethrow_with_sample(int64_t index) const;

 private:
  Sample sample(Draft& draft, size_t i) const;

  const Dataset& dataset_;
  uint64_t seed_;
  Mode mode_;
  BatchBuilder::Memory memory_;
};

}  // namespace millrace
