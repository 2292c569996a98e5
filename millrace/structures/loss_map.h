#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/SmallVector.h>

#include <initializer_list>
#include <span>
#include <utility>

#include "millrace/structures/key.h"

namespace millrace {

/// The losses of one step by name, on the device, and what else the model wants to have logged.
///
///     LossMap losses{{"loss_cls"_key, cross_entropy}, {"accuracy"_key, share_right}};
///
/// What is differentiated is total(): the sum of the entries whose name contains "loss". Each entry is one number: a
/// tensor of several is replaced by its mean, a list of tensors by the sum of their means. In the log the name `loss`
/// is the total, always; an entry of exactly that name is a part of it like any other.
class LossMap {
 public:
  struct Entry {
    Key name;
    at::Tensor value;  // ()
  };

  LossMap() = default;
  LossMap(std::initializer_list<std::pair<Key, at::Tensor>> entries);

  /// Throws Error if the name is there already.
  void add(Key name, const at::Tensor& value);
  void add(Key name, at::TensorList values);
  /// The entries of both; for a step of several optimizers.
  void add(const LossMap& other);

  bool empty() const { return entries_.empty(); }
  /// Whether any entry counts.
  bool has_total() const { return total_.defined(); }
  /// (), throws Error if no entry counts.
  const at::Tensor& total() const;
  /// In the order in which they were added.
  std::span<const Entry> entries() const { return {entries_.data(), entries_.size()}; }
  /// Null if there is none.
  const at::Tensor* find(Key name) const;

  /// Lets go of the graph: what is left are numbers to log. OptimWrapper::update does it after the backward pass.
  void detach();

  /// The name under which the total is logged.
  static Key total_name();

 private:
  c10::SmallVector<Entry, 4> entries_;
  at::Tensor total_;
};

}  // namespace millrace
