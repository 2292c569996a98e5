#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "millrace/data/dataset.h"
#include "millrace/data/draft.h"
#include "millrace/data/left_out.h"

namespace millrace {

/// Makes batches from drafts: loads, transforms, copies into place. Const, for several threads at once.
///
/// If a dataset gives several views of a sample, each view is a row with the position of its sample. The column
/// `view_of` (rows) int64 holds the sample of each view, counted from 0 within the batch.
///
/// If a sample is empty (EmptySample), another one takes its place, drawn from the row's own random numbers; up to
/// Dataset::max_refetch are tried. In a training it is a row like the others. In a validation or test its position is
/// -1, so that metrics don't count it.
///
/// Of the first samples of a training it sees whether their transforms write into the dataset's memory, and warns.
class BatchMaker {
 public:
  BatchMaker(const Dataset& dataset, uint64_t seed, Mode mode, BatchBuilder::Memory memory, LeftOut& left_out)
      : dataset_(dataset),
        gives_views_(dataset.gives_views()),
        seed_(seed),
        mode_(mode),
        memory_(memory),
        left_out_(left_out) {}

  /// An exception names the sample: "sample 4711 of CocoDataset". Returns early with the rows made so far once
  /// `is_stopped` is true.
  Batch make(Draft& draft, const std::atomic<bool>& is_stopped) const;

 private:
  std::optional<Batch> batch_at_once(const Draft& draft) const;
  Batch batch_of_samples(Draft& draft, const std::atomic<bool>& is_stopped) const;
  Batch batch_of_views(Draft& draft, const std::atomic<bool>& is_stopped) const;
  Sample sample(Draft& draft, size_t i) const;
  Sample loaded(int64_t index, const Rng& rng) const;
  std::vector<Sample> views(Draft& draft, size_t i) const;
  template <class Load>
  auto with_refetch(Row& row, const Load& load) const;

  const Dataset& dataset_;
  bool gives_views_;
  uint64_t seed_;
  Mode mode_;
  BatchBuilder::Memory memory_;
  LeftOut& left_out_;
  mutable std::atomic<int> looks_{8};  // first samples whose transforms are looked at
};

/// Call it in a catch block: rethrows the exception with the sample's number and its dataset.
[[noreturn]] void rethrow_with_sample(int64_t index, const Dataset& dataset);

}  // namespace millrace
