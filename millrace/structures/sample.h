#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millrace/structures/key.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// One item of data on its way through the transforms: a small ordered map from keys to tensors and plain values.
///
/// An image is a tensor (H, W, C) uint8. Tensors are shared on copy. A reference to a value holds until the next set()
/// of another key or erase(). Not for concurrent use.
class Sample {
 public:
  struct Field {
    Key key;
    State value;
  };

  bool has(Key key) const { return find(key) != nullptr; }
  const State* find(Key key) const;
  State* find(Key key);
  /// Sets or replaces.
  void set(Key key, State value);
  bool erase(Key key);
  /// Erases all others.
  void keep_only(std::span<const Key> keys);

  // Each throws Error "the sample has no 'img'; it has: …" or "'img' is of kind str, not tensor". integer() and
  // number() take a tensor of one element, too.
  const at::Tensor& tensor(Key key) const;
  int64_t integer(Key key) const;
  double number(Key key) const;
  const std::string& string(Key key) const;

  const std::vector<Field>& fields() const { return fields_; }

  /// The place in the dataset, -1 for a row that a sampler added to fill up; travels into Batch::positions().
  int64_t position() const { return position_; }
  void set_position(int64_t position) { position_ = position; }

 private:
  const State& require(Key key) const;
  std::vector<Field> fields_;
  int64_t position_ = -1;
};

}  // namespace millrace
