#include "millrace/data/tensor_dataset.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <cstring>

#include "millrace/structures/strided_view.h"

namespace millrace {

namespace {

at::Tensor rows_of(const at::Tensor& values, std::span<const int64_t> indices, BatchBuilder::Memory memory) {
  if (!values.is_cpu() || !values.is_contiguous()) {
    const at::IntArrayRef list(indices.data(), indices.size());
    return values.index_select(0, at::tensor(list, at::kLong).to(values.device()));
  }
  c10::SmallVector<int64_t, 6> sizes(values.sizes().begin(), values.sizes().end());
  sizes[0] = static_cast<int64_t>(indices.size());
  const bool pinned = memory == BatchBuilder::Memory::pinned;
  at::Tensor rows = at::empty(sizes, at::TensorOptions(values.scalar_type()).pinned_memory(pinned));
  const auto row_bytes = static_cast<size_t>(values.stride(0) * values.element_size());
  if (row_bytes == 0 || values.numel() == 0) return rows;
  const char* const from = static_cast<const char*>(values.const_data_ptr());
  char* to = static_cast<char*>(rows.mutable_data_ptr());
  for (const int64_t index : indices) {
    std::memcpy(to, from + static_cast<size_t>(index) * row_bytes, row_bytes);
    to += row_bytes;
  }
  return rows;
}

}  // namespace

TensorDataset::TensorDataset(Columns columns, const DatasetOptions& options)
    : Dataset(options), columns_(std::move(columns)) {
  for (auto& [key, values] : columns_) {
    if (!values.defined() || values.dim() == 0)
      throw Error(fmt::format("TensorDataset needs tensors (N, …); '{}' has no rows", key.name()));
    if (options.indices) {
      const std::vector<int64_t> picked = picked_indices(*options.indices, values.size(0));
      values = rows_of(values, picked, BatchBuilder::Memory::ordinary);
    }
    if (&key == &columns_.front().first) size_ = values.size(0);
    if (values.size(0) != size_)
      throw Error(fmt::format("TensorDataset needs as many rows of each key: '{}' has {}, '{}' has {}",
                              columns_.front().first.name(), size_, key.name(), values.size(0)));
  }
}

void TensorDataset::check_index(int64_t index) const {
  if (index < 0 || index >= size_) throw Error(fmt::format("TensorDataset has no sample {}: it has {}", index, size_));
  for (const auto& [key, values] : columns_)
    if (values.size(0) != size_)
      throw Error(fmt::format("the tensor of '{}' has {} rows now, and had {} when the dataset was made", key.name(),
                              values.size(0), size_));
}

Sample TensorDataset::get(int64_t index) const {
  check_index(index);
  Sample sample;
  for (const auto& [key, values] : columns_) sample.set(key, row_view(values, index));
  return sample;
}

std::optional<ImageSize> TensorDataset::size_of(int64_t) const {
  for (const auto& [key, values] : columns_)
    if (key == keys::img && values.dim() >= 3) return ImageSize{values.size(1), values.size(2)};
  return std::nullopt;
}

std::optional<Batch> TensorDataset::load_batch(std::span<const int64_t> indices, BatchBuilder::Memory memory) const {
  for (const int64_t index : indices) check_index(index);
  if (!pipeline().empty()) return std::nullopt;
  Batch batch(static_cast<int64_t>(indices.size()));
  for (const auto& [key, values] : columns_) batch.set(key, Dense{rows_of(values, indices, memory)});
  return batch;
}

}  // namespace millrace
