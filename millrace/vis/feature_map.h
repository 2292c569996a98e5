#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>

#include "millrace/picture/rgb_image.h"

namespace millrace {

/// How channels become one: their mean, or the channel with the largest sum.
enum class ChannelReduction { squeeze_mean, select_max };

struct FeatureMapStyle {
  /// Without one, the `topk` channels with the largest sums are drawn beside each other; with topk <= 0 the map is
  /// drawn as it is, which needs 1 or 3 channels.
  std::optional<ChannelReduction> channel_reduction = ChannelReduction::squeeze_mean;
  int64_t topk = 20;
  std::array<int64_t, 2> arrangement = {4, 5};           // rows and columns of the channels: at least topk places
  std::optional<std::array<int64_t, 2>> resize_shape{};  // height, width; bilinear, the picture below it, too
  double alpha = 0.5;                                    // of the map over the picture
};

/// Draws a feature map as colours: MMEngine's Visualizer.draw_featmap.
///
///     const RgbImage heat = draw_featmap(features[0]);
///     const RgbImage over = draw_featmap(features[0], picture, {.alpha = 0.3});
///
/// featmap: (C, H, W), any real dtype and device. Values are stretched to 0 … 255 between their minimum and maximum,
/// the fraction is cut, and jet() gives the colour; a map of one value becomes 0. Without `resize_shape`, the map takes
/// the size of `picture`, bilinear between centres of pixels. The two are blended by  (1 - alpha) * picture + alpha *
/// map. Channels beside each other have their number on them; free places are white. Throws Error for another shape,
/// values that are not finite, and an arrangement that is too small.
RgbImage draw_featmap(const at::Tensor& featmap, const FeatureMapStyle& style = {});
RgbImage draw_featmap(const at::Tensor& featmap, const RgbImage& picture, const FeatureMapStyle& style = {});

}  // namespace millrace
