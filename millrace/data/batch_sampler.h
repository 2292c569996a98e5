#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "millrace/data/dataset.h"

namespace millrace {

/// What a batch sampler is built for.
struct BatchSamplerArgs {
  int64_t batch_size = 1;  // the loader's
};

/// A pass cut into batches: places in the order that was given, batch after batch.
struct BatchCut {
  std::vector<int64_t> places;
  std::vector<int64_t> ends;  // batch b is places[ends[b - 1]] up to, without it, places[ends[b]]
};

/// Says which rows of a sampler's order go into one batch. (The order is the sampler's, and which rows a rank sees.)
///
///     class OneBatch final : public BatchSampler {
///       BatchCut cut(std::span<const int64_t> order, const Dataset& dataset, Rest rest) const override {
///         BatchCut cut;  // puts each place 0 … order.size() - 1 into a batch
///         for (size_t place = 0; place < order.size(); ++place) cut.places.push_back(static_cast<int64_t>(place));
///         cut.ends = {static_cast<int64_t>(order.size())};
///         return cut;
///       }
///     };
///
/// A cut is a function of its arguments: that is all that a resume needs. Called once a pass.
class BatchSampler {
 public:
  static constexpr const char* kKind = "BatchSampler";
  using Registry = millrace::Registry<BatchSampler, const BatchSamplerArgs&>;

  /// What becomes of rows that are too few for a batch.
  enum class Rest {
    last_batches,  // the end of a pass: they are its last batches, or are left out
    next_pass      // of an endless sampler: those left out of the cut come first in the next order
  };

  virtual ~BatchSampler() = default;

  /// Batches of a pass of `rows` rows.
  virtual int64_t length(int64_t rows) const = 0;
  /// `order`: indices into the dataset. With Rest::last_batches the cut has length(order.size()) batches.
  virtual BatchCut cut(std::span<const int64_t> order, const Dataset& dataset, Rest rest) const = 0;
};

}  // namespace millrace
