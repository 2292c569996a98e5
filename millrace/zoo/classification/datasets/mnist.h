#pragma once

#include <string>
#include <vector>

#include "millrace/data/dataset.h"
#include "millrace/zoo/classification/datasets/labelled_images.h"

namespace millrace::classification {

/// Handwritten digits (LeCun et al. 1998): 60000 images of 28 x 28 for training, 10000 for tests.
///
///     dict(type='MNIST', data_root='data/mnist', split='train', pipeline=[dict(type='PackInputs')])
///
/// Reads the four IDX files in `data_root`/`data_prefix` or in the folder `raw` below it, packed (.gz) or not, into
/// memory.
///
/// Gives   img         (28, 28, 1) uint8
///         gt_label    int, 0 … 9
///         sample_idx  int
/// Throws  Error if a file is missing, damaged or not what MNIST's is
class MNIST : public Dataset {
 public:
  using Split = LabelledImages::Split;
  using Options = LabelledImages::Options;
  explicit MNIST(Options options);

  int64_t size() const override { return images_.size(); }
  Sample get(int64_t index) const override { return images_.get(index); }
  std::optional<ImageSize> size_of(int64_t) const override { return images_.image_size(); }
  std::optional<std::vector<int64_t>> class_ids(int64_t index) const override { return {{images_.label(index)}}; }
  bool follow(const State& reference) override;

 protected:
  /// For another dataset in the same format. `help` tells a user how to get the data.
  MNIST(Options options, const std::vector<std::string>& classes, const std::string& help);

 private:
  LabelledImages images_;  // (28, 28, 1) each
};

/// Pictures of clothes (Xiao et al. 2017, arXiv 1708.07747), in MNIST's format.
///
///     dict(type='FashionMNIST', data_root='/usr/share/datasets/fashion-mnist', split='train', pipeline=[…])
class FashionMNIST final : public MNIST {
 public:
  explicit FashionMNIST(Options options);
};

}  // namespace millrace::classification
