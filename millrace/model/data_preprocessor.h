#pragma once

#include <c10/core/Device.h>

#include <optional>
#include <vector>

#include "millrace/model/image_stacker.h"
#include "millrace/registry/registry.h"

namespace millrace {

class Batch;

/// The last step before a network: moves a batch to the device and writes `inputs`, the input of the network.
///
/// `img` and all other columns stay, so hooks see both. It is not a module: it has no weights and no entry in a
/// checkpoint.
class DataPreprocessor {
 public:
  static constexpr const char* kKind = "DataPreprocessor";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::seldom};
  using Registry = millrace::Registry<DataPreprocessor>;

  virtual ~DataPreprocessor() = default;
  /// The purpose of the batch: some augmentation is only for training.
  enum class Purpose { training, evaluation };
  virtual void process(Batch& batch, Purpose purpose) = 0;

  void to(const c10::Device& device) { device_ = device; }
  const c10::Device& device() const { return device_; }

 protected:
  /// Moves every tensor to the device; free if all are there.
  void move(Batch& batch) const;

 private:
  c10::Device device_ = c10::Device(c10::kCPU);
};

/// Moves the batch to the device. If it has no `inputs`, they become `img`, unchanged.
class BaseDataPreprocessor final : public DataPreprocessor {
 public:
  struct Options {
    bool non_blocking = false;
    template <class Fields>
    static void describe(Fields& f) {
      f("non_blocking", &Options::non_blocking, "copies from pinned memory never wait").ignored();
    }
  };
  BaseDataPreprocessor() = default;
  explicit BaseDataPreprocessor(Options) {}
  void process(Batch& batch, Purpose purpose) override;
};

/// Images to one float tensor:  inputs = (img - mean) / std, channels swapped before that, padded right and below after
/// it.
///
///     ImgDataPreprocessor({.mean = {{123.675, 116.28, 103.53}}, .std = {{58.395, 57.12, 57.375}}, .bgr_to_rgb = true})
///
/// Reads   img     Dense (N, C, H, W), or a TensorList of N (C, H, W), uint8 or any other dtype, in any memory format
/// Writes  inputs  (N, C, H', W') float32: H', W' are the largest of the batch, rounded up to pad_size_divisor
/// Throws  Error if the images have other channel counts than mean and std, or one image differs from the others in
/// them
class ImgDataPreprocessor final : public DataPreprocessor {
 public:
  struct Options {
    std::optional<std::vector<double>> mean{};
    std::optional<std::vector<double>> std{};
    int64_t pad_size_divisor = 1;
    double pad_value = 0;
    bool bgr_to_rgb = false;
    bool rgb_to_bgr = false;
    bool channels_last = false;
    bool non_blocking = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("mean", &Options::mean, "of each channel, after the swap; one or three numbers").not_empty();
      f("std", &Options::std, "of each channel, after the swap; one or three numbers").above(0).not_empty();
      f("pad_size_divisor", &Options::pad_size_divisor, "height and width become multiples of this").at_least(1);
      f("pad_value", &Options::pad_value, "value of the padding, after the normalisation");
      f("bgr_to_rgb", &Options::bgr_to_rgb, "swap the three channels");
      f("rgb_to_bgr", &Options::rgb_to_bgr, "swap the three channels");
      f("channels_last", &Options::channels_last, "store `inputs` as (N, H, W, C) in memory");
      f("non_blocking", &Options::non_blocking, "copies from pinned memory never wait").ignored();
    }
  };
  static void check(const Options& options, Complaints& complaints);
  ImgDataPreprocessor() : ImgDataPreprocessor(Options{}) {}
  explicit ImgDataPreprocessor(Options options);
  void process(Batch& batch, Purpose purpose) override;

 private:
  ImageStacker stacker_;
};

}  // namespace millrace
