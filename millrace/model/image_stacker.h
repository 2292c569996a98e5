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
/// Each step is rounded to float32, so results equal PyTorch's bit for bit.
class ImageStacker {
 public:
  struct Settings {
    std::string owner{};         // the component's name in errors: "ImgDataPreprocessor"
    std::vector<double> mean{};  // empty: no normalisation; else one number, or one per channel; as many as std
    std::vector<double> std{};
    int64_t pad_size_divisor = 1;
    double pad_value = 0;
    bool swap_channels = false;  // of images with three channels
    bool channels_last = false;
  };
  explicit ImageStacker(Settings settings);
  /// For the `check` of a component with the keys `mean` and `std`: it needs both, equally long, or neither.
  static void check_statistics(const std::optional<std::vector<double>>& mean,
                               const std::optional<std::vector<double>>& std, Complaints& complaints);

  /// The column `img` of a batch, else `inputs`.
  at::Tensor of_batch(const Batch& batch) const;
  /// images: (N, C, H, W), or N tensors (C, H, W).
  at::Tensor operator()(const Column& images) const;
  at::Tensor operator()(const at::Tensor& images) const;
  at::Tensor operator()(const std::vector<at::Tensor>& images) const;

 private:
  void check_channels(int64_t channels) const;
  int64_t padded(int64_t size) const;
  at::MemoryFormat format() const;
  /// Writes into the upper left corner of `out`; both have four dimensions and are on the CPU.
  void write(const at::Tensor& images, const at::Tensor& out) const;
  /// The same arithmetic with PyTorch's operators, without padding: for other devices and dtypes.
  at::Tensor normalised(const at::Tensor& images) const;

  Settings settings_;
  std::vector<float> mean_, std_;
  std::vector<std::array<float, 256>> table_;  // the result for each byte, by channel
};

}  // namespace millrace
