#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/base/place.h"
#include "millrace/data/dataset.h"
#include "millrace/structures/sample.h"

namespace millrace::classification {

/// Images of one size with a label each, in memory: the base of MNIST and CIFAR, with the options of both.
class LabelledImages {
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
      f.ignore("ann_file", "labels are in their own files, or with the images");
    }
    /// Whether the options ask for the test part, in either spelling.
    bool wants_test() const { return test_mode || split == Split::test; }
  };

  LabelledImages() = default;
  /// images: (N, H, W, C) uint8, red first. Throws Error, with `label_place`, if the numbers of labels and images
  /// differ, or a label is not below `class_count`.
  LabelledImages(at::Tensor images, std::vector<uint8_t> labels, int64_t class_count, const Place& label_place);

  /// Keeps the images that the key `indices` of a dataset names.
  void pick(const std::optional<std::variant<int64_t, std::vector<int64_t>>>& indices);

  /// The label k becomes places[k].
  void relabel(const std::vector<int64_t>& places);

  int64_t size() const { return static_cast<int64_t>(labels_.size()); }
  /// img: (H, W, C) uint8, a view, with channel_order 'rgb' if C is 3; gt_label: int; sample_idx: int.
  Sample get(int64_t index) const;
  int64_t label(int64_t index) const { return labels_[static_cast<size_t>(index)]; }
  ImageSize image_size() const { return {images_.size(1), images_.size(2)}; }

 private:
  at::Tensor images_;
  std::vector<uint8_t> labels_;
};

/// The meta information of a dataset with a list of names.
State meta_of_classes(const std::vector<std::string>& classes);

/// A meta with other classes.
State with_classes(State meta, const std::vector<std::string>& classes);

}  // namespace millrace::classification
