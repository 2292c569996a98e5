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

/// All rows of one field, in one of five forms. The last two are of fields with a row an instance (Sample::set_rows,
/// set_row_list); those of one group ("gt_instances.*") share one tensor of offsets: (N + 1) int64 on the CPU.
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

/// N samples as columns: what loaders give, models read and write, metrics and hooks see.
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
  /// What a sample calls rows becomes Ragged, a list of rows RowList, for any number of rows in any sample. Else tensors
  /// of one shape and dtype become Dense, others a TensorList; integers, numbers and bools of one kind become Dense
  /// (int64, float64 → float32, bool); the rest is Meta. Throws Error, naming the key, if only some samples have it, if
  /// they differ in its form, or if rows of one group differ in number within a sample.
  static Batch from(std::span<const Sample> samples);

  int64_t size() const { return static_cast<int64_t>(positions_.size()); }
  /// Each row's place in the dataset; -1: the row was added to fill up and counts for nothing in an evaluation.
  const std::vector<int64_t>& positions() const { return positions_; }
  void set_positions(std::vector<int64_t> positions) { positions_ = std::move(positions); }

  bool has(Key key) const { return find(key) != nullptr; }
  const Column* find(Key key) const;
  Column* find(Key key);
  void set(Key key, Column column);
  bool erase(Key key);
  const std::vector<Entry>& entries() const { return entries_; }

  // Each throws Error "the batch has no 'inputs'; it has: …", or one that says which form the column has.
  const at::Tensor& tensor(Key key) const;
  const Ragged& ragged(Key key) const;
  const std::vector<at::Tensor>& tensors(Key key) const;
  const std::vector<State>& meta(Key key) const;
  const RowList& row_list(Key key) const;

  /// The columns of a group ("gt_instances.*") that have a row an instance; shares their tensors. Throws Error if there
  /// is none, or if their offsets differ.
  Instances instances(Key group) const;
  /// Replaces the columns of the group. `instances` are of as many images as the batch has rows.
  void set_instances(Key group, const Instances& instances);

  /// Every tensor on `device`; what is there already is shared, the rest copied (asynchronously from pinned memory).
  Batch to(const at::Device& device) const;
  /// The rows of which positions are not -1; shares everything if that is all of them.
  Batch without_padding() const;
  /// Row i as a sample: views of the columns' memory; from(rows) gives the same forms again.
  Sample row(int64_t i) const;

 private:
  const Column& require(Key key) const;
  std::vector<Entry> entries_;
  std::vector<int64_t> positions_;
};

}  // namespace millrace
