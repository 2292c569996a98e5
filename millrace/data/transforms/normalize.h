#pragma once

#include <array>
#include <vector>

#include "millrace/data/transform.h"

namespace millrace {

/// Normalises the channels of an image:  img' = (img - mean) / std, after swapping the channels if `to_rgb` is set.
///
///     const std::vector<double> mean{123.675, 116.28, 103.53}, std{58.395, 57.12, 57.375};
///     Normalize({.mean = mean, .std = std}).apply(sample, rng);
///
/// Needs   img           (H, W, C) or (H, W), uint8 or float32; it becomes float32
/// Writes  img_norm_cfg  what was done
///         channel_order  the other one, if it turned the channels and the sample has the field
/// (A data preprocessor does the same for a whole batch, which is cheaper.) The difference is rounded to float32, the
/// quotient is computed in float64: MMCV's arithmetic, bit for bit.
class Normalize final : public Transform {
 public:
  struct Options {
    Required<std::vector<double>> mean;
    Required<std::vector<double>> std;
    bool to_rgb = true;

    template <class Fields>
    static void describe(Fields& f) {
      f("mean", &Options::mean, "of each channel, after the swap").not_empty();
      f("std", &Options::std, "of each channel, after the swap").above(0);
      f("to_rgb", &Options::to_rgb, "swap the three channels: BGR to RGB");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit Normalize(Options options);
  void apply(Sample& sample, Rng& rng) const override;

 private:
  void write_three(const uint8_t* in, float* out, int64_t pixels) const;
  float normalised(float value, size_t channel) const {
    return static_cast<float>(static_cast<double>(value - mean_[channel]) * factor_[channel]);
  }

  Options options_;
  std::vector<float> mean_;
  std::vector<double> factor_;                 // 1 / float32(std)
  std::vector<std::array<float, 256>> bytes_;  // the result for each byte, by channel
};

}  // namespace millrace
