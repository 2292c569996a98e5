#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "millrace/data/sampler.h"

namespace millrace {

/// One row of a batch that is to be made.
struct Row {
  int64_t index = 0;     // of the sample in the dataset
  int64_t position = 0;  // the same, or -1 for a row that was added to fill up
  uint64_t ordinal = 0;  // of the row in the run's stream of rows, over all ranks: no other row has it
};

/// Cuts what a sampler says into batches. Any batch of any pass may be asked for. One thread at a time.
class RowOrder {
 public:
  struct Batching {
    int64_t batch_size = 1;
    bool drop_last = false;
    std::optional<int64_t> limit;  // batches of a pass, at most
  };
  RowOrder(std::shared_ptr<Sampler> sampler, const SamplerArgs& args, const Batching& batching);

  /// Batches in a pass.
  int64_t length() const { return length_; }
  /// The rows of a batch, 0 <= batch < length().
  void read(int64_t pass, int64_t batch, std::vector<Row>& rows);

 private:
  Row row(int64_t sampler_pass, int64_t place);

  std::shared_ptr<Sampler> sampler_;
  SamplerArgs args_;
  int64_t batch_size_;
  int64_t pass_rows_;  // of this rank
  int64_t pass_padding_;
  int64_t pass_places_;  // of a rank in the run's stream; the largest rank's rows
  int64_t length_;
  int64_t order_pass_ = -1;
  std::vector<int64_t> order_;
};

}  // namespace millrace
