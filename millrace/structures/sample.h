#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millrace/structures/key.h"
#include "millrace/tensor/state.h"

namespace millrace {

class Instances;

/// One item of data on its way through the transforms: a small ordered map from keys to tensors and plain values.
///
/// An image is a tensor (H, W, C) uint8. The code that writes a field chooses its form in a batch, which never depends
/// on the values:
///
///     sample.set("camera"_key, 3);                 // one value per sample: stacked
///     sample.set_rows("gt_bboxes"_key, boxes);     // (n, 4), one row per instance: ragged, for any n
///     sample.set_row_list("gt_masks"_key, masks);  // (n, H, W) of this image's size, or a list of n
///
/// Copies share tensors. A reference to a value is valid until another key is set or erased. Not for concurrent use.
class Sample {
 public:
  enum class Form : uint8_t { whole, rows, row_list };
  struct Field {
    Key key;
    State value;
    Form form = Form::whole;
  };

  bool has(Key key) const { return find(key) != nullptr; }
  const State* find(Key key) const;
  /// For changing a value in place; the field keeps its form.
  State* find(Key key);

  // Each sets or replaces the field, with its value and form.
  void set(Key key, State value) { put(key, std::move(value), Form::whole); }
  /// rows: (n, …), one row per instance; throws Error if it has no dimension.
  void set_rows(Key key, at::Tensor rows);
  /// rows: a tensor (n, …) or a list of n, one entry per instance; throws Error for anything else.
  void set_row_list(Key key, State rows);

  bool erase(Key key);
  /// Erases all other keys.
  void keep_only(std::span<const Key> keys);

  // Each throws Error "the sample has no 'img'; it has: …" or "'img' is of kind str, not tensor". integer() and
  // number() take a tensor of one element, too.
  const at::Tensor& tensor(Key key) const;
  int64_t integer(Key key) const;
  double number(Key key) const;
  const std::string& string(Key key) const;

  /// The columns of a group ("gt_instances.*") as instances of one image; shares their tensors. Throws Error if the
  /// group is empty, or if its fields differ in length.
  Instances instances(Key group) const;
  /// Replaces the columns of the group. `instances` has one image.
  void set_instances(Key group, const Instances& instances);

  const std::vector<Field>& fields() const& { return fields_; }
  std::vector<Field>& fields() & { return fields_; }
  std::vector<Field> fields() && { return std::move(fields_); }

  /// The place in the dataset, -1 for a row that a sampler added to fill up; goes into Batch::positions().
  int64_t position() const { return position_; }
  void set_position(int64_t position) { position_ = position; }

 private:
  void put(Key key, State value, Form form);
  const State& require(Key key) const;
  std::vector<Field> fields_;
  int64_t position_ = -1;
};

/// The number of instances in a value of form rows or row_list.
int64_t row_count(const State& rows);

}  // namespace millrace
