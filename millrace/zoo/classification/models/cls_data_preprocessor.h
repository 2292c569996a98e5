#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "millrace/model/data_preprocessor.h"
#include "millrace/registry/component.h"
#include "millrace/zoo/classification/models/batch_augments.h"

namespace millrace::classification {

/// ImgDataPreprocessor under mmpretrain's keys, and one-hot targets.
///
/// Reads   img        (N, C, H, W), or N times (C, H, W); gt_label (N) if to_onehot
/// Writes  inputs     (N, C, H', W') float32
///         gt_score   (N, num_classes) float32, 1 at the label, if to_onehot and the batch has none
/// With batch_augments, each batch of a training gets a gt_score, and they mix it and `inputs`.
class ClsDataPreprocessor final : public DataPreprocessor {
 public:
  struct Options {
    std::optional<std::vector<double>> mean{};
    std::optional<std::vector<double>> std{};
    bool to_rgb = false;
    int64_t pad_size_divisor = 1;
    double pad_value = 0;
    bool to_onehot = false;
    std::optional<int64_t> num_classes{};
    bool channels_last = false;
    BatchAugments batch_augments{};

    template <class Fields>
    static void describe(Fields& f) {
      f("mean", &Options::mean, "of each channel, in RGB order if to_rgb; one number, or one per channel").not_empty();
      f("std", &Options::std, "of each channel, in RGB order if to_rgb; one number, or one per channel")
          .above(0)
          .not_empty();
      f("to_rgb", &Options::to_rgb, "swap the three channels");
      f("pad_size_divisor", &Options::pad_size_divisor, "height and width become multiples of this").at_least(1);
      f("pad_value", &Options::pad_value, "value of the padding, after the normalisation");
      f("to_onehot", &Options::to_onehot, "write gt_score, one-hot targets");
      f("num_classes", &Options::num_classes, "number of classes, for to_onehot").at_least(1);
      f("channels_last", &Options::channels_last, "store `inputs` as (N, H, W, C) in memory");
      f("batch_augments", &Options::batch_augments,
        "ways to mix the images of a training batch and their labels; needs num_classes");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  ClsDataPreprocessor() : ClsDataPreprocessor(Options{}) {}
  explicit ClsDataPreprocessor(Options options);
  void process(Batch& batch, Purpose purpose) override;
  /// Whether it mixes the batches of a training.
  bool augments_batches() const { return augment_ != nullptr; }
  /// In place of the option of this name. Throws Error without num_classes.
  void set_batch_augments(std::shared_ptr<BatchAugment> augment);

 private:
  Options options_;
  std::shared_ptr<BatchAugment> augment_;
  ImageStacker stacker_;
};

}  // namespace millrace::classification
