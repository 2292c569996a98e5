#include "millrace/structures/batch.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/structures/batch_builder.h"

namespace millrace {

namespace {

std::string_view form_of(const Column& column) {
  static constexpr std::string_view kForms[] = {"dense (one tensor for all rows)", "ragged (rows of different lengths)",
                                                "a list of tensors of different shapes", "plain values"};
  return kForms[column.index()];
}

template <class Form>
const Form& form(const Column& column, Key key, std::string_view wanted) {
  if (const auto* held = std::get_if<Form>(&column)) return *held;
  throw Error(fmt::format("the column '{}' of the batch is {}, not {}", key.name(), form_of(column), wanted));
}

at::Tensor moved(const at::Tensor& tensor, const at::Device& device) {
  if (tensor.device() == device) return tensor;
  return tensor.to(device, tensor.scalar_type(), /*non_blocking=*/tensor.is_pinned());
}

at::Tensor ragged_row(const Ragged& ragged, int64_t i) {
  const int64_t* const offsets = ragged.offsets.const_data_ptr<int64_t>();
  return ragged.values.narrow(0, offsets[i], offsets[i + 1] - offsets[i]);
}

/// Some rows of a column, in a given order; `prefix`: they are the first ones.
struct RowPicker {
  const std::vector<int64_t>& rows;
  bool prefix;

  at::Tensor of(const at::Tensor& values) const {
    if (prefix) return values.narrow(0, 0, static_cast<int64_t>(rows.size()));
    return values.index_select(0, at::tensor(rows, at::kLong).to(values.device()));
  }
  Column operator()(const Dense& column) const { return Dense{of(column.values)}; }
  Column operator()(const Ragged& column) const {
    Ragged picked{{}, at::empty({static_cast<int64_t>(rows.size()) + 1}, at::kLong)};
    int64_t* const offsets = picked.offsets.mutable_data_ptr<int64_t>();
    std::vector<at::Tensor> parts;
    offsets[0] = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      parts.push_back(ragged_row(column, rows[i]));
      offsets[i + 1] = offsets[i] + parts.back().size(0);
    }
    picked.values = parts.empty() ? column.values.narrow(0, 0, 0) : at::cat(parts);
    return picked;
  }
  Column operator()(const TensorList& column) const { return TensorList{of(column.values)}; }
  Column operator()(const Meta& column) const { return Meta{of(column.values)}; }
  template <class T>
  std::vector<T> of(const std::vector<T>& values) const {
    std::vector<T> picked;
    picked.reserve(rows.size());
    for (const int64_t row : rows) picked.push_back(values[static_cast<size_t>(row)]);
    return picked;
  }
};

}  // namespace

Batch::Batch(int64_t size) : positions_(static_cast<size_t>(size)) {
  std::iota(positions_.begin(), positions_.end(), 0);
}

Batch Batch::from(std::span<const Sample> samples) {
  BatchBuilder builder(static_cast<int64_t>(samples.size()), BatchBuilder::Memory::ordinary);
  for (const Sample& sample : samples) builder.add(sample);
  return builder.finish();
}

const Column* Batch::find(Key key) const {
  for (const Entry& entry : entries_)
    if (entry.key == key) return &entry.column;
  return nullptr;
}

Column* Batch::find(Key key) {
  for (Entry& entry : entries_)
    if (entry.key == key) return &entry.column;
  return nullptr;
}

void Batch::set(Key key, Column column) {
  if (Column* held = find(key)) *held = std::move(column);
  else entries_.push_back({key, std::move(column)});
}

bool Batch::erase(Key key) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; }) > 0;
}

const Column& Batch::require(Key key) const {
  if (const Column* column = find(key)) return *column;
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.key.name());
  throw Error(fmt::format("the batch has no '{}'; it has: {}", key.name(), names.empty() ? "nothing" : join(names)));
}

const at::Tensor& Batch::tensor(Key key) const { return form<Dense>(require(key), key, "dense").values; }
const Ragged& Batch::ragged(Key key) const { return form<Ragged>(require(key), key, "ragged"); }
const std::vector<at::Tensor>& Batch::tensors(Key key) const {
  return form<TensorList>(require(key), key, "a list of tensors").values;
}
const std::vector<State>& Batch::meta(Key key) const { return form<Meta>(require(key), key, "plain values").values; }

Batch Batch::to(const at::Device& device) const {
  Batch batch = *this;
  for (Entry& entry : batch.entries_)
    std::visit(
        [&]<class T>(T& column) {
          if constexpr (std::is_same_v<T, Dense> || std::is_same_v<T, Ragged>)
            column.values = moved(column.values, device);
          else if constexpr (std::is_same_v<T, TensorList>)
            for (at::Tensor& tensor : column.values) tensor = moved(tensor, device);
        },
        entry.column);
  return batch;
}

Batch Batch::without_padding() const {
  std::vector<int64_t> rows, positions;
  for (size_t i = 0; i < positions_.size(); ++i)
    if (positions_[i] >= 0) {
      rows.push_back(static_cast<int64_t>(i));
      positions.push_back(positions_[i]);
    }
  if (rows.size() == positions_.size()) return *this;
  Batch batch(0);
  const bool is_prefix = rows.empty() || rows.back() + 1 == static_cast<int64_t>(rows.size());
  const RowPicker picker{rows, is_prefix};
  for (const Entry& entry : entries_) batch.set(entry.key, std::visit(picker, entry.column));
  batch.set_positions(std::move(positions));
  return batch;
}

Sample Batch::row(int64_t i) const {
  MILLRACE_ASSERT(i >= 0 && i < size(), "a row that the batch does not have");
  Sample sample;
  sample.set_position(positions_[static_cast<size_t>(i)]);
  for (const auto& [key, column] : entries_) {
    if (const auto* dense = std::get_if<Dense>(&column)) sample.set(key, dense->values.select(0, i));
    else if (const auto* ragged = std::get_if<Ragged>(&column)) sample.set(key, ragged_row(*ragged, i));
    else if (const auto* list = std::get_if<TensorList>(&column)) sample.set(key, list->values[static_cast<size_t>(i)]);
    else sample.set(key, std::get<Meta>(column).values[static_cast<size_t>(i)]);
  }
  return sample;
}

}  // namespace millrace
