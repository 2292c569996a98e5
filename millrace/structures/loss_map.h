#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/SmallVector.h>

#include <initializer_list>
#include <span>
#include <utility>

#include "millrace/structures/key.h"

namespace millrace {

/// The losses of one step by name, on the device, and other values that the model wants to log.
///
///     LossMap losses{{"loss_cls"_key, cross_entropy}, {"accuracy"_key, share_right}};
///
/// Training minimises total(): the sum of the entries whose name contains "loss". Each entry is one number: a tensor of
/// several numbers is replaced by its mean, a list of tensors by the sum of their means. In the log `loss` is always
/// the total; an entry with that name is a part of it like any other.
class LossMap {
 public:
  struct Entry {
    Key name;
    at::Tensor value;  // ()
  };

  LossMap() = default;
  LossMap(std::initializer_list<std::pair<Key, at::Tensor>> entries);

  /// Throws Error if the name exists.
  void add(Key name, const at::Tensor& value);
  void add(Key name, at::TensorList values);
  /// The entries of both; for a step of several optimizers.
  void add(const LossMap& other);

  bool empty() const { return entries_.empty(); }
  /// Whether total() has any entry.
  bool has_total() const { return total_.defined(); }
  /// (); throws Error if no entry's name contains "loss".
  const at::Tensor& total() const;
  /// In the order in which they were added.
  std::span<const Entry> entries() const& { return {entries_.data(), entries_.size()}; }
  std::span<const Entry> entries() && = delete;  // of a map that is gone with the line
  /// Null if there is no such entry.
  const at::Tensor* find(Key name) const;

  /// Releases the autograd graph and keeps the numbers. OptimWrapper::update calls it after the backward pass.
  void detach();

  /// The name under which the total is logged.
  static Key total_name();

 private:
  c10::SmallVector<Entry, 4> entries_;
  at::Tensor total_;
};

}  // namespace millrace
