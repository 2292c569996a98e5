#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/structures/key.h"
#include "millrace/structures/sample.h"
#include "millrace/tensor/state.h"

namespace millrace {

class Instances;

/// All rows of one field, in one of five forms. The last two belong to fields with one row per instance
/// (Sample::set_rows, set_row_list). Those of one group ("gt_instances.*") share one tensor of offsets: (N + 1) int64
/// on the CPU.
struct Dense {
  at::Tensor values;  // (N, …): one shape for all rows
};
struct TensorList {
  std::vector<at::Tensor> values;  // N tensors of any shapes
};
struct Meta {
  std::vector<State> values;  // N plain values
};
struct Ragged {
  at::Tensor values;   // (sum of lengths, …)
  at::Tensor offsets;  // row i is values[offsets[i] : offsets[i + 1]]
};
struct RowList {
  std::vector<State> values;  // N: each a tensor (n_i, …) or a list of n_i
  at::Tensor offsets;         // n_i = offsets[i + 1] - offsets[i]
};
using Column = std::variant<Dense, TensorList, Meta, Ragged, RowList>;

/// N samples as columns. Loaders make it, models read and write it, metrics and hooks see it.
///
///     const at::Tensor& images = batch.tensor(keys::inputs);   // (N, C, H, W)
///     batch.set(kDepth, Dense{depth});
///
/// Copies share tensors. Not for concurrent use.
class Batch {
 public:
  struct Entry {
    Key key;
    Column column;
  };

  Batch() = default;
  /// A batch of `size` rows without columns; positions are 0 … size-1 until set.
  explicit Batch(int64_t size);
  /// Rows (Sample::set_rows) become Ragged, a list of rows (set_row_list) becomes RowList, whatever the numbers of
  /// rows. Other tensors become Dense if shape and dtype are equal, else a TensorList. Integers, numbers and bools of
  /// one kind become Dense (int64, float64 → float32, bool); the rest is Meta. Throws Error with the key if only some
  /// samples have it, if its form differs between them, or if the rows of one group differ in number within a sample.
  static Batch from(std::span<const Sample> samples);

  int64_t size() const { return static_cast<int64_t>(positions_.size()); }
  /// Each row's place in the dataset; -1: a sampler added the row to fill up, and evaluations ignore it.
  const std::vector<int64_t>& positions() const { return positions_; }
  void set_positions(std::vector<int64_t> positions) { positions_ = std::move(positions); }

  bool has(Key key) const { return find(key) != nullptr; }
  const Column* find(Key key) const;
  Column* find(Key key);
  void set(Key key, Column column);
  bool erase(Key key);
  const std::vector<Entry>& entries() const& { return entries_; }
  std::vector<Entry> entries() && { return std::move(entries_); }

  // Each throws Error "the batch has no 'inputs'; it has: …", or one with the form that the column has.
  const at::Tensor& tensor(Key key) const;
  const Ragged& ragged(Key key) const;
  const std::vector<at::Tensor>& tensors(Key key) const;
  const std::vector<State>& meta(Key key) const;
  const RowList& row_list(Key key) const;

  /// The columns of a group ("gt_instances.*") that have one row per instance; shares their tensors. Throws Error if
  /// the group has no such column, or if their offsets differ.
  Instances instances(Key group) const;
  /// Replaces the columns of the group. `instances` has as many images as the batch has rows.
  void set_instances(Key group, const Instances& instances);

  /// The batch with every tensor on `device`: shares those that are there already, and copies the others
  /// (asynchronously from pinned memory).
  Batch to(const at::Device& device) const;
  /// The rows whose position is not -1; shares everything if these are all rows.
  Batch without_padding() const;
  /// Row i as a sample: views of the columns' memory; from(rows) gives the same forms again.
  Sample row(int64_t i) const;

 private:
  const Column& require(Key key) const;
  std::vector<Entry> entries_;
  std::vector<int64_t> positions_;
};

}  // namespace millrace
