#pragma once

#include <string>
#include <vector>

#include "millrace/data/dataset.h"
#include "millrace/zoo/classification/datasets/labelled_images.h"

namespace millrace::classification {

struct CIFARFiles;

/// Small colour images of ten classes (Krizhevsky 2009, "Learning multiple layers of features from tiny images"): 50000
/// for training, 10000 for tests.
///
///     dict(type='CIFAR10', data_root='data/cifar10', split='train', pipeline=[dict(type='PackInputs')])
///
/// Reads the "python version" (the folder cifar-10-batches-py below `data_root`/`data_prefix`) or the "binary version"
/// (cifar-10-batches-bin), into memory; the files may also be in the folder itself. No Python is needed.
///
/// Gives   img         (32, 32, 3) uint8, channels in the order red, green, blue
///         gt_label    int, 0 … 9
///         sample_idx  int
/// Throws  Error if a file is missing, damaged or not what CIFAR's is
class CIFAR10 : public Dataset {
 public:
  using Split = LabelledImages::Split;
  using Options = LabelledImages::Options;
  explicit CIFAR10(Options options);

  int64_t size() const override { return images_.size(); }
  Sample get(int64_t index) const override { return images_.get(index); }
  std::optional<ImageSize> size_of(int64_t) const override { return images_.image_size(); }
  std::optional<std::vector<int64_t>> class_ids(int64_t index) const override { return {{images_.label(index)}}; }
  bool follow(const State& reference) override;

 protected:
  CIFAR10(const Options& options, const CIFARFiles& files);

 private:
  LabelledImages images_;
};

/// The same with 100 classes of 500 images for training and 100 for tests, in the folders cifar-100-python and
/// cifar-100-binary. Labels are the fine ones.
///
///     dict(type='CIFAR100', data_root='data/cifar100', split='train', pipeline=[dict(type='PackInputs')])
class CIFAR100 final : public CIFAR10 {
 public:
  explicit CIFAR100(Options options);
};

}  // namespace millrace::classification
