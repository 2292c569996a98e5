#pragma once

#include <utility>
#include <vector>

#include "millrace/data/dataset.h"

namespace millrace {

/// Samples {n: index} of which samplers may know more.
class DescribedDataset final : public Dataset {
 public:
  explicit DescribedDataset(int64_t size) : size_(size) {}
  explicit DescribedDataset(std::vector<ImageSize> sizes)
      : size_(static_cast<int64_t>(sizes.size())), sizes_(std::move(sizes)) {}
  explicit DescribedDataset(std::vector<std::vector<int64_t>> classes)
      : size_(static_cast<int64_t>(classes.size())), classes_(std::move(classes)) {}

  int64_t size() const override { return size_; }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set("n"_key, index);
    return sample;
  }
  std::optional<ImageSize> size_of(int64_t index) const override {
    if (sizes_.empty()) return std::nullopt;
    return sizes_[static_cast<size_t>(index)];
  }
  std::optional<std::vector<int64_t>> class_ids(int64_t index) const override {
    if (classes_.empty()) return std::nullopt;
    return classes_[static_cast<size_t>(index)];
  }

 private:
  int64_t size_;
  std::vector<ImageSize> sizes_;
  std::vector<std::vector<int64_t>> classes_;
};

/// Ten images of which 0, 3, 4 and 8 are higher than wide and 5 is square.
inline DescribedDataset ten_images() {
  const ImageSize high{4, 3}, wide{3, 4}, square{4, 4};
  return DescribedDataset({high, wide, wide, high, high, square, wide, wide, high, wide});
}

}  // namespace millrace
