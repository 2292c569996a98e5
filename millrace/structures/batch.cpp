#include "millrace/structures/batch.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <type_traits>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/structures/batch_builder.h"
#include "millrace/structures/instances.h"

namespace millrace {

namespace {

std::string_view form_of(const Column& column) {
  static constexpr std::string_view kForms[] = {"dense (one tensor for all rows)",
                                                "a list of tensors of different shapes", "plain values",
                                                "ragged (a row an instance)", "a list of rows of each sample"};
  return kForms[column.index()];
}

template <class Form>
const Form& form(const Column& column, Key key, std::string_view wanted) {
  if (const auto* held = std::get_if<Form>(&column)) return *held;
  Error error(fmt::format("the column '{}' of the batch is {}, not {}", key.name(), form_of(column), wanted));
  if (std::is_same_v<Form, Ragged> || std::is_same_v<Form, RowList>)
    error.help(fmt::format("sample.{}(\"{}\"_key, …) where the sample is made",
                           std::is_same_v<Form, Ragged> ? "set_rows" : "set_row_list", key.name()));
  throw error;
}

at::Tensor moved(const at::Tensor& tensor, const at::Device& device) {
  if (!tensor.defined() || tensor.device() == device) return tensor;
  return tensor.to(device, tensor.scalar_type(), /*non_blocking=*/tensor.is_pinned());
}

at::Tensor ragged_row(const Ragged& ragged, int64_t i) {
  const int64_t* const offsets = ragged.offsets.const_data_ptr<int64_t>();
  return ragged.values.narrow(0, offsets[i], offsets[i + 1] - offsets[i]);
}

size_t checked_size(int64_t size) {
  if (size < 0) throw Error(fmt::format("a batch can't have {} rows", size));
  return static_cast<size_t>(size);
}

/// Throws Error if a column does not have a row for each of the batch: whoever sets it may have miscounted.
class RowCheck {
 public:
  RowCheck(Key key, int64_t size) : key_(key), size_(size) {}

  void operator()(const Dense& column) const { rows(column.values); }
  void operator()(const TensorList& column) const { count(static_cast<int64_t>(column.values.size())); }
  void operator()(const Meta& column) const { count(static_cast<int64_t>(column.values.size())); }
  void operator()(const Ragged& column) const {
    offsets(column.offsets);
    const int64_t end = column.offsets.const_data_ptr<int64_t>()[size_];
    if (!column.values.defined() || column.values.dim() == 0 || column.values.size(0) < end)
      refuse(fmt::format("its offsets end at {}, behind its values", end));
  }
  void operator()(const RowList& column) const {
    offsets(column.offsets);
    count(static_cast<int64_t>(column.values.size()));
  }

 private:
  void rows(const at::Tensor& values) const {
    if (!values.defined()) refuse("its tensor is undefined");
    count(values.dim() == 0 ? 0 : values.size(0));
  }
  void count(int64_t rows) const {
    if (rows != size_) refuse(fmt::format("it has {} rows", rows));
  }
  void offsets(const at::Tensor& offsets) const {
    if (!offsets.defined() || !offsets.is_cpu() || offsets.scalar_type() != at::kLong || offsets.dim() != 1 ||
        !offsets.is_contiguous() || offsets.size(0) != size_ + 1)
      refuse("its offsets are not (rows + 1) int64 on the CPU");
    const int64_t* const at = offsets.const_data_ptr<int64_t>();
    if (at[0] < 0 || !std::is_sorted(at, at + size_ + 1)) refuse("its offsets do not rise from 0");
  }
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(fmt::format("the column '{}' does not fit a batch of {} rows: {}", key_.name(), size_, why));
  }

  Key key_;
  int64_t size_;
};

/// Some rows of all columns, in a given order; `prefix`: they are the first ones.
class RowPicker {
 public:
  RowPicker(const std::vector<int64_t>& rows, bool prefix) : rows_(rows), prefix_(prefix) {}

  Column operator()(const Dense& column) { return Dense{of(column.values)}; }
  Column operator()(const TensorList& column) { return TensorList{of(column.values)}; }
  Column operator()(const Meta& column) { return Meta{of(column.values)}; }
  Column operator()(const RowList& column) { return RowList{of(column.values), offsets_of(column.offsets)}; }
  Column operator()(const Ragged& column) {
    std::vector<at::Tensor> parts;
    for (const int64_t row : rows_) parts.push_back(ragged_row(column, row));
    return Ragged{parts.empty() ? column.values.narrow(0, 0, 0) : at::cat(parts), offsets_of(column.offsets)};
  }

 private:
  at::Tensor of(const at::Tensor& values) const {
    if (prefix_) return values.narrow(0, 0, static_cast<int64_t>(rows_.size()));
    return values.index_select(0, at::tensor(rows_, at::kLong).to(values.device()));
  }
  template <class T>
  std::vector<T> of(const std::vector<T>& values) const {
    std::vector<T> picked;
    picked.reserve(rows_.size());
    for (const int64_t row : rows_) picked.push_back(values[static_cast<size_t>(row)]);
    return picked;
  }
  /// Columns that shared offsets share them still.
  at::Tensor offsets_of(const at::Tensor& offsets) {
    for (const auto& [from, to] : picked_offsets_)
      if (from.is_same(offsets)) return to;
    const int64_t* const given = offsets.const_data_ptr<int64_t>();
    at::Tensor picked = at::empty({static_cast<int64_t>(rows_.size()) + 1}, at::kLong);
    int64_t* const out = picked.mutable_data_ptr<int64_t>();
    out[0] = 0;
    for (size_t i = 0; i < rows_.size(); ++i) out[i + 1] = out[i] + given[rows_[i] + 1] - given[rows_[i]];
    picked_offsets_.emplace_back(offsets, picked);
    return picked;
  }

  const std::vector<int64_t>& rows_;
  bool prefix_;
  std::vector<std::pair<at::Tensor, at::Tensor>> picked_offsets_;
};

}  // namespace

Batch::Batch(int64_t size) : positions_(checked_size(size)) { std::iota(positions_.begin(), positions_.end(), 0); }

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
const RowList& Batch::row_list(Key key) const { return form<RowList>(require(key), key, "a list of rows"); }

Instances Batch::instances(Key group) const {
  std::optional<Instances> instances;
  for (const auto& [key, column] : entries_) {
    if (!key.is_in(group)) continue;
    const auto* const ragged = std::get_if<Ragged>(&column);
    const auto* const list = std::get_if<RowList>(&column);
    if (!ragged && !list) continue;
    std::visit(RowCheck(key, size()), column);
    const at::Tensor& offsets = ragged ? ragged->offsets : list->offsets;
    if (!instances) instances.emplace(offsets);
    else if (!offsets.is_same(instances->offsets()) && !at::equal(offsets, instances->offsets()))
      throw Error(fmt::format("the columns of '{}' have different numbers of instances", group.name()));
    if (ragged) instances->set(key.leaf(), ragged->values);
    else instances->set_list(key.leaf(), list->values);
  }
  if (!instances) throw Error(fmt::format("the batch has no instances '{}'", group.name()));
  return *std::move(instances);
}

void Batch::set_instances(Key group, const Instances& instances) {
  if (instances.images() != size())
    throw Error(fmt::format("instances of {} images for a batch of {}", instances.images(), size()));
  std::erase_if(entries_, [&](const Entry& entry) {
    return entry.key.is_in(group) &&
           (std::holds_alternative<Ragged>(entry.column) || std::holds_alternative<RowList>(entry.column));
  });
  for (const Instances::Column& column : instances.columns()) {
    const Key key = group.child(column.name);
    if (const auto* values = std::get_if<at::Tensor>(&column.values)) set(key, Ragged{*values, instances.offsets()});
    else set(key, RowList{std::get<std::vector<State>>(column.values), instances.offsets()});
  }
}

Batch Batch::to(const at::Device& device) const {
  Batch batch = *this;
  for (Entry& entry : batch.entries_)
    std::visit(
        [&]<class T>(T& column) {
          if constexpr (std::is_same_v<T, Dense> || std::is_same_v<T, Ragged>)
            column.values = moved(column.values, device);
          else if constexpr (std::is_same_v<T, TensorList>)
            for (at::Tensor& tensor : column.values) tensor = moved(tensor, device);
          else if constexpr (std::is_same_v<T, RowList>)
            for (State& rows : column.values)
              if (rows.is_tensor()) rows = moved(rows.tensor(), device);
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
  RowPicker picker(rows, is_prefix);
  for (const Entry& entry : entries_) {
    std::visit(RowCheck(entry.key, size()), entry.column);
    batch.set(entry.key, std::visit(picker, entry.column));
  }
  batch.set_positions(std::move(positions));
  return batch;
}

Sample Batch::row(int64_t i) const {
  if (i < 0 || i >= size()) throw Error(fmt::format("the batch has no row {}: it has {} rows", i, size()));
  Sample sample;
  sample.set_position(positions_[static_cast<size_t>(i)]);
  for (const auto& [key, column] : entries_) {
    std::visit(RowCheck(key, size()), column);
    if (const auto* dense = std::get_if<Dense>(&column)) sample.set(key, dense->values.select(0, i));
    else if (const auto* ragged = std::get_if<Ragged>(&column)) sample.set_rows(key, ragged_row(*ragged, i));
    else if (const auto* rows = std::get_if<RowList>(&column))
      sample.set_row_list(key, rows->values[static_cast<size_t>(i)]);
    else if (const auto* list = std::get_if<TensorList>(&column)) sample.set(key, list->values[static_cast<size_t>(i)]);
    else sample.set(key, std::get<Meta>(column).values[static_cast<size_t>(i)]);
  }
  return sample;
}

}  // namespace millrace
