#pragma once

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "millrace/data/dataset.h"

namespace millrace {

/// Data in memory: a tensor for each key, one row a sample.
///
///     auto data = std::make_shared<TensorDataset>(TensorDataset::Columns{{"inputs"_key, x}, {"target"_key, y}});   // (N,
///     …), (N) Runner runner({.model = net, .train_dataloader = {{.dataset = data, .batch_size = 64}}, …});
///
/// Without transforms a batch is made column by column, and rows are copied once. The tensors are shared, not copied,
/// and must not change while a loader runs. They may lie on the device of the training. Throws Error if they have
/// different numbers of rows.
class TensorDataset final : public Dataset {
 public:
  using Columns = std::vector<std::pair<Key, at::Tensor>>;
  explicit TensorDataset(Columns columns, const DatasetOptions& options = {});

  int64_t size() const override { return size_; }
  Sample get(int64_t index) const override;
  std::optional<Batch> load_batch(std::span<const int64_t> indices, BatchBuilder::Memory memory) const override;
  const Columns& columns() const { return columns_; }

 private:
  Columns columns_;
  int64_t size_ = 0;
};

}  // namespace millrace
