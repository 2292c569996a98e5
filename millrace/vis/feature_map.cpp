#include "millrace/vis/feature_map.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "millrace/base/error.h"
#include "millrace/picture/ink.h"
#include "millrace/picture/painter.h"

namespace millrace {
namespace {

/// (C, H, W) float32 at another size.
at::Tensor resized_map(const at::Tensor& map, int64_t height, int64_t width) {
  return at::upsample_bilinear2d(map.unsqueeze(0), {height, width}, /*align_corners=*/false).squeeze(0);
}

RgbImage resized_picture(const RgbImage& picture, int64_t height, int64_t width) {
  if (picture.height() == height && picture.width() == width) return picture;
  RgbImage resized(width, height);
  const at::Tensor bytes =
      at::from_blob(const_cast<uint8_t*>(picture.bytes().data()), {picture.height(), picture.width(), 3}, at::kByte);
  const at::Tensor map = resized_map(bytes.permute({2, 0, 1}).to(at::kFloat), height, width).round();
  const at::Tensor out = map.permute({1, 2, 0}).to(at::kByte).contiguous();
  std::copy_n(out.const_data_ptr<uint8_t>(), out.numel(), resized.bytes().begin());
  return resized;
}

/// Levels from 0 to 255 of (H, W), or (3, H, W) whose levels are then weighted as blue, green and red are to grey
/// (that is what OpenCV's applyColorMap makes of three channels).
std::vector<uint8_t> levels_of(const at::Tensor& map) {
  const at::Tensor values = map.contiguous();
  const float* const from = values.const_data_ptr<float>();
  const int64_t count = values.numel();
  const auto [least, most] = std::minmax_element(from, from + count);
  const double range = static_cast<double>(*most) - static_cast<double>(*least);
  const double scale = range > 2.220446049250313e-16 ? 255 / range : 0;
  const auto factor = static_cast<float>(scale), shift = static_cast<float>(-static_cast<double>(*least) * scale);
  std::vector<uint8_t> levels(static_cast<size_t>(count));
  std::transform(from, from + count, levels.begin(), [&](float value) {
    return static_cast<uint8_t>(std::clamp(std::fma(value, factor, shift), 0.F, 255.F));
  });
  if (map.dim() == 2 || map.size(0) == 1) return levels;
  const size_t pixels = levels.size() / 3;
  for (size_t i = 0; i < pixels; ++i)
    levels[i] = static_cast<uint8_t>(
        (levels[i] * 3735 + levels[pixels + i] * 19235 + levels[2 * pixels + i] * 9798 + (1 << 14)) >> 15);
  levels.resize(pixels);
  return levels;
}

RgbImage heat_of(const at::Tensor& map, const RgbImage* picture, double alpha) {
  const std::vector<uint8_t> levels = levels_of(map);
  RgbImage heat(map.size(-1), map.size(-2));
  for (size_t i = 0; i < levels.size(); ++i) {
    const Rgb colour = jet(levels[i]);
    const uint8_t own[3] = {colour.red, colour.green, colour.blue};
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& byte = heat.bytes()[3 * i + c];
      byte = picture ? static_cast<uint8_t>(std::nearbyint(picture->bytes()[3 * i + c] * (1 - alpha) + own[c] * alpha))
                     : own[c];
    }
  }
  return heat;
}

RgbImage arranged_channels(const at::Tensor& map, const RgbImage* picture, const FeatureMapStyle& style) {
  const auto [rows, columns] = style.arrangement;
  if (rows < 1 || columns < 1 || rows > style.topk * 1000 || columns > style.topk * 1000 || rows * columns < style.topk)
    throw Error(fmt::format("an arrangement of {}x{} has no place for {} channels", rows, columns, style.topk))
        .note("it needs a larger arrangement, or a smaller topk");
  const int64_t height = map.size(1), width = map.size(2), count = std::min(map.size(0), style.topk);
  const at::Tensor places = std::get<1>(at::topk(map.sum({1, 2}), count)).contiguous();
  RgbImage sheet(columns * width, rows * height, {255, 255, 255});
  for (int64_t i = 0; i < count; ++i) {
    const int64_t channel = places.const_data_ptr<int64_t>()[i];
    RgbImage one = heat_of(map.select(0, channel), picture, style.alpha);
    Painter(one).text(fmt::format("channel: {}", channel), {2, 15}, {.colour = "k", .down = AlignY::baseline});
    sheet.paste(one, i % columns * width, i / columns * height);
  }
  return sheet;
}

RgbImage drawn_map(const at::Tensor& featmap, const RgbImage* picture, const FeatureMapStyle& style) {
  if (!featmap.defined() || featmap.dim() != 3 || featmap.numel() == 0 || at::isComplexType(featmap.scalar_type()))
    throw Error(fmt::format("a feature map is (C, H, W), not {}",
                            featmap.defined() ? fmt::format("({})", fmt::join(featmap.sizes(), ", ")) : "undefined"));
  if (!(style.alpha >= 0 && style.alpha <= 1))
    throw Error(fmt::format("alpha must be from 0 to 1, got {}", style.alpha));
  at::Tensor map = featmap.detach().to(at::kCPU, at::kFloat);
  if (!at::isfinite(map).all().item<bool>()) throw Error("a feature map has values that are not finite");

  std::optional<RgbImage> ground;
  if (style.resize_shape) {
    const auto [height, width] = *style.resize_shape;
    if (height < 1 || width < 1) throw Error(fmt::format("resize_shape must be above 0, got ({}, {})", height, width));
    map = resized_map(map, height, width);
    if (picture) ground = resized_picture(*picture, height, width);
  } else if (picture) {
    if (picture->height() != map.size(1) || picture->width() != map.size(2))
      map = resized_map(map, picture->height(), picture->width());
    ground = *picture;
  }
  const RgbImage* const below = ground ? &*ground : nullptr;

  if (style.channel_reduction == ChannelReduction::squeeze_mean) return heat_of(map.mean(0), below, style.alpha);
  if (style.channel_reduction == ChannelReduction::select_max)
    return heat_of(map.select(0, map.sum({1, 2}).argmax().item<int64_t>()), below, style.alpha);
  if (style.topk > 0) return arranged_channels(map, below, style);
  if (map.size(0) != 1 && map.size(0) != 3)
    throw Error(fmt::format("a feature map that is drawn as it is has 1 or 3 channels, not {}", map.size(0)))
        .note("it needs a channel_reduction, or a topk above 0");
  return heat_of(map, below, style.alpha);
}

}  // namespace

RgbImage draw_featmap(const at::Tensor& featmap, const FeatureMapStyle& style) {
  return drawn_map(featmap, nullptr, style);
}

RgbImage draw_featmap(const at::Tensor& featmap, const RgbImage& picture, const FeatureMapStyle& style) {
  if (picture.width() == 0) throw Error("a picture without pixels can't lie below a feature map");
  return drawn_map(featmap, &picture, style);
}

}  // namespace millrace
