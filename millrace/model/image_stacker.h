#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "millrace/registry/complaints.h"
#include "millrace/structures/batch.h"

namespace millrace {

/// Turns the images of a batch into one float32 tensor: swaps channels, normalises, pads, stacks, all in one pass over
/// the pixels on a CPU.
///
///     out[n, c, y, x] = (in[n, swap(c), y, x] - mean[c]) / std[c],    pad_value where y or x lies outside image n
///
/// The arithmetic is float32's, step by step, so that results equal PyTorch's bit for bit.
class ImageStacker {
 public:
  struct Settings {
    std::string owner{};         // whose name errors say: "ImgDataPreprocessor"
    std::vector<double> mean{};  // empty: no normalisation; else as many as std: one, or one a channel
    std::vector<double> std{};
    int64_t pad_size_divisor = 1;
    double pad_value = 0;
    bool swap_channels = false;  // of images with three channels
    bool channels_last = false;
  };
  explicit ImageStacker(Settings settings);
  /// For the `check` of a component that has the keys `mean` and `std`: both, of as many numbers, or neither.
  static void check_statistics(const std::optional<std::vector<double>>& mean,
                               const std::optional<std::vector<double>>& std, Complaints& complaints);

  /// The column `img` of a batch, or else `inputs`.
  at::Tensor of_batch(const Batch& batch) const;
  /// images: (N, C, H, W), or N times (C, H, W).
  at::Tensor operator()(const Column& images) const;
  at::Tensor operator()(const at::Tensor& images) const;
  at::Tensor operator()(const std::vector<at::Tensor>& images) const;

 private:
  void check_channels(int64_t channels) const;
  int64_t padded(int64_t size) const;
  at::MemoryFormat format() const;
  /// Into the upper left corner of `out`; both of four dimensions, on the CPU.
  void write(const at::Tensor& images, const at::Tensor& out) const;
  /// The same arithmetic with PyTorch's operators, without padding: for other devices and dtypes.
  at::Tensor normalised(const at::Tensor& images) const;

  Settings settings_;
  std::vector<float> mean_, std_;
  std::vector<std::array<float, 256>> table_;  // for each channel, what a byte becomes
};

}  // namespace millrace
