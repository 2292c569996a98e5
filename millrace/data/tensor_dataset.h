#pragma once

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "millrace/data/dataset.h"

namespace millrace {

/// Data in memory: a tensor for each key, one row per sample.
///
///     const TensorDataset::Columns columns{{"inputs"_key, x}, {"target"_key, y}};  // (N, …), (N)
///     DataLoader loader({.dataset = std::make_shared<TensorDataset>(columns), .batch_size = 64}, {.seed = 7});
///
/// Without transforms a batch is made column by column, and rows are copied once. The tensors are shared, not copied,
/// and must not change while a loader runs. They may be on the device of the training. Throws Error if they have
/// different numbers of rows.
class TensorDataset final : public Dataset {
 public:
  using Columns = std::vector<std::pair<Key, at::Tensor>>;
  explicit TensorDataset(Columns columns, const DatasetOptions& options = {});

  int64_t size() const override { return size_; }
  Sample get(int64_t index) const override;
  std::optional<Batch> load_batch(std::span<const int64_t> indices, BatchBuilder::Memory memory) const override;
  /// Of the column `img`, images (N, H, W) or (N, H, W, C).
  std::optional<ImageSize> size_of(int64_t index) const override;
  const Columns& columns() const { return columns_; }

 private:
  void check_index(int64_t index) const;

  Columns columns_;
  int64_t size_ = 0;
};

}  // namespace millrace
