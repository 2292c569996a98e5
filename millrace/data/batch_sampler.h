#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "millrace/data/dataset.h"

namespace millrace {

/// The arguments that a batch sampler is built with.
struct BatchSamplerArgs {
  int64_t batch_size = 1;  // the loader's
};

/// A pass cut into batches: places in the sampler's order, batch after batch.
struct BatchCut {
  std::vector<int64_t> places;
  std::vector<int64_t> ends;  // batch b goes from places[ends[b - 1]] up to, not including, places[ends[b]]
};

/// Chooses which rows of a sampler's order go into each batch. (The sampler chooses the order, and the rows of each
/// rank.)
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
/// A cut must depend only on its arguments, so that a resume gets the same one. Called once per pass.
class BatchSampler {
 public:
  static constexpr const char* kKind = "BatchSampler";
  using Registry = millrace::Registry<BatchSampler, const BatchSamplerArgs&>;

  /// What to do with rows that are too few for a batch.
  enum class Rest {
    last_batches,  // they make the last batches of the pass, or are left out
    next_pass      // for an endless sampler: rows left out of the cut come first in the next order
  };

  virtual ~BatchSampler() = default;

  /// The number of batches in a pass of `rows` rows.
  virtual int64_t length(int64_t rows) const = 0;
  /// Rows of the last of them; -1: nobody knows without a cut.
  virtual int64_t last_batch_rows(int64_t rows) const { return -1; }
  /// `order`: indices into the dataset. With Rest::last_batches the cut has length(order.size()) batches.
  virtual BatchCut cut(std::span<const int64_t> order, const Dataset& dataset, Rest rest) const = 0;
};

}  // namespace millrace
