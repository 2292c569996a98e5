#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/base/place.h"
#include "millrace/structures/sample.h"

namespace millrace::classification {

/// Images of one size with a label each, in memory once: what MNIST and CIFAR are.
class LabelledImages {
 public:
  LabelledImages() = default;
  /// images: (N, H, W, C) uint8. Throws Error, with `label_place`, if there are not as many labels as images or one is
  /// not below `class_count`.
  LabelledImages(at::Tensor images, std::vector<uint8_t> labels, int64_t class_count, const Place& label_place);

  /// Keeps those that the key `indices` of a dataset names.
  void pick(const std::optional<std::variant<int64_t, std::vector<int64_t>>>& indices);

  int64_t size() const { return static_cast<int64_t>(labels_.size()); }
  /// img: (H, W, C) uint8, a view; gt_label: int; sample_idx: int.
  Sample get(int64_t index) const;

 private:
  at::Tensor images_;
  std::vector<uint8_t> labels_;
};

/// A list of names as the meta information of a dataset.
State meta_of_classes(const std::vector<std::string>& classes);

}  // namespace millrace::classification
