#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "millrace/data/batch_sampler.h"
#include "millrace/data/draft.h"
#include "millrace/data/sampler.h"

namespace millrace {

/// Combines a sampler and a batch sampler: the rows of any batch of any pass. For one thread at a time.
///
/// The batches of an endless sampler are one sequence that continues from pass to pass. A resume follows it from its
/// beginning.
class RowOrder {
 public:
  /// `limit`: the most batches of a pass.
  RowOrder(std::shared_ptr<Sampler> sampler, std::shared_ptr<BatchSampler> batch_sampler, const SamplerArgs& args,
           std::optional<int64_t> limit);

  /// Batches in a pass.
  int64_t length() const { return length_; }
  /// Rows of the last batch of each pass; -1: nobody knows.
  int64_t last_batch_rows() const;
  /// The rows of a batch, 0 <= batch < length().
  void read(int64_t pass, int64_t batch, std::vector<Row>& rows);

 private:
  BatchCut cut_of(const std::vector<int64_t>& order, BatchSampler::Rest rest) const;
  void cut_pass(int64_t sampler_pass);
  void cut_next_of_endless();
  std::vector<int64_t> order_of(int64_t sampler_pass);
  Row row_at(int64_t place) const;

  std::shared_ptr<Sampler> sampler_;
  std::shared_ptr<BatchSampler> batch_sampler_;
  SamplerArgs args_;
  int64_t pass_rows_;  // of this rank
  int64_t pass_padding_;
  int64_t pass_places_;  // rows of each rank in the run's stream: those of the largest rank
  int64_t full_length_;  // without the limit
  int64_t length_;

  // The pass that is cut now.
  int64_t sampler_pass_ = -1;
  std::vector<int64_t> order_;  // indices of left-over rows, then of the pass
  std::vector<Row> left_over_;  // of earlier passes of an endless sampler
  BatchCut cut_;
  int64_t first_batch_ = 0;  // its number in the sequence of an endless sampler
};

}  // namespace millrace
