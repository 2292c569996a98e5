#pragma once

#include <optional>
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
/// memory. Gives   img         (28, 28, 1) uint8
///         gt_label    int, 0 … 9
///         sample_idx  int
/// Throws  Error if a file is missing, damaged or not what MNIST's is
class MNIST : public Dataset {
 public:
  enum class Split { train, test };
  struct Options {
    std::string data_root{};
    std::string data_prefix{};
    Split split = Split::train;
    bool test_mode = false;
    std::optional<std::vector<std::string>> classes;
    DatasetOptions common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("data_root", &Options::data_root, "folder of the data");
      f("data_prefix", &Options::data_prefix, "folder of the files, below data_root");
      f("split", &Options::split, "which part of the data");
      f("test_mode", &Options::test_mode, "an older spelling of split='test'");
      f("classes", &Options::classes, "names of the classes, instead of the data's own");
      f.flatten(&Options::common);
      f.ignore("download", "nothing is downloaded");
      f.ignore("ann_file", "the labels are in files of their own");
    }
  };
  explicit MNIST(Options options);

  int64_t size() const override { return images_.size(); }
  Sample get(int64_t index) const override { return images_.get(index); }

 protected:
  /// Another data set in the same files. `help`: how a user gets the data.
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
