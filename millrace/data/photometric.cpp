#include "millrace/data/photometric.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "millrace/base/error.h"

namespace millrace {

namespace {

at::Tensor checked_colours(const at::Tensor& image) {
  if (!image.is_cpu() || image.dim() != 3 || image.size(2) != 3 || image.scalar_type() != at::kByte)
    throw Error(fmt::format("colours are changed of images (H, W, 3) of uint8, not of ({}) of {}",
                            fmt::join(image.sizes(), ", "), c10::toString(image.scalar_type())));
  return image.contiguous();
}

/// Where red is in a pixel; blue is at 2 less that.
size_t place_of_red(ImageReading::Order order) { return order == ImageReading::Order::rgb ? 0 : 2; }

uint8_t gray_of(const uint8_t* pixel, size_t red) {
  return static_cast<uint8_t>((pixel[red] * 19595U + pixel[1] * 38470U + pixel[2 - red] * 7471U + 0x8000U) >> 16);
}

/// What each byte becomes when it is blended with `other`; the arithmetic is that of floats, cut, not rounded.
using BlendTable = std::array<uint8_t, 256>;

uint8_t blended(int other, int value, float factor) {
  const float sum = static_cast<float>(other) + factor * static_cast<float>(value - other);
  return static_cast<uint8_t>(std::clamp(sum, 0.0F, 255.0F));
}

BlendTable blend_table(int other, double factor) {
  BlendTable table;
  for (int value = 0; value < 256; ++value)
    table[static_cast<size_t>(value)] = blended(other, value, static_cast<float>(factor));
  return table;
}

template <class Change>
at::Tensor changed_pixels(const at::Tensor& image, const Change& change) {
  at::Tensor result = at::detail::empty_cpu(image.sizes(), at::kByte);
  const auto* in = image.const_data_ptr<uint8_t>();
  auto* out = result.mutable_data_ptr<uint8_t>();
  for (const auto* const end = in + image.numel(); in != end; in += 3, out += 3) change(in, out);
  return result;
}

at::Tensor mapped(const at::Tensor& image, const BlendTable& table) {
  return changed_pixels(image, [&](const uint8_t* in, uint8_t* out) {
    for (int c = 0; c < 3; ++c) out[c] = table[in[c]];
  });
}

struct HueSaturation {
  uint8_t hue, saturation, value;
};

HueSaturation to_hsv(const uint8_t* pixel, size_t red) {
  const uint8_t r = pixel[red], g = pixel[1], b = pixel[2 - red];
  const uint8_t high = std::max({r, g, b}), low = std::min({r, g, b});
  if (high == low) return {0, 0, high};
  const auto spread = static_cast<float>(high - low);
  const float from_r = static_cast<float>(high - r) / spread, from_g = static_cast<float>(high - g) / spread,
              from_b = static_cast<float>(high - b) / spread;
  const auto sextant = static_cast<float>(r == high   ? from_b - from_g
                                          : g == high ? 2.0 + from_r - from_b
                                                      : 4.0 + from_g - from_r);
  const double turns = sextant / 6.0 + 1.0;  // less than 2
  const auto hue = static_cast<float>(turns >= 1 ? turns - 1 : turns);
  const float saturation = spread / static_cast<float>(high);
  return {static_cast<uint8_t>(static_cast<int>(hue * 255.0)),
          static_cast<uint8_t>(static_cast<int>(saturation * 255.0)), high};
}

void from_hsv(const HueSaturation& hsv, uint8_t* pixel, size_t red) {
  const uint8_t v = hsv.value;
  if (hsv.saturation == 0) {
    std::fill_n(pixel, 3, v);
    return;
  }
  const auto position = static_cast<float>(static_cast<float>(hsv.hue) * 6.0 / 255.0);
  const int sextant = static_cast<int>(position);
  const float rest = position - static_cast<float>(sextant);
  const auto saturation = static_cast<float>(static_cast<float>(hsv.saturation) / 255.0);
  const auto weakened = [v](double part) { return static_cast<uint8_t>(static_cast<float>(v) * (1.0 - part) + 0.5); };
  const uint8_t p = weakened(saturation), q = weakened(saturation * rest), t = weakened(saturation * (1.0 - rest));
  const std::array<std::array<uint8_t, 3>, 6> colours = {
      // red, green, blue
      {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}}};
  const auto& [r, g, b] = colours[static_cast<size_t>(sextant % 6)];
  pixel[red] = r, pixel[1] = g, pixel[2 - red] = b;
}

}  // namespace

at::Tensor with_brightness(const at::Tensor& image, double factor) {
  return mapped(checked_colours(image), blend_table(0, factor));
}

at::Tensor with_contrast(const at::Tensor& given, double factor, ImageReading::Order order) {
  const at::Tensor image = checked_colours(given);
  const int64_t pixels = image.numel() / 3;
  if (pixels == 0) return image;
  int64_t sum = 0;
  const size_t red = place_of_red(order);
  const auto* pixel = image.const_data_ptr<uint8_t>();
  for (int64_t i = 0; i < pixels; ++i, pixel += 3) sum += gray_of(pixel, red);
  const double mean = static_cast<double>(sum) / static_cast<double>(pixels);
  return mapped(image, blend_table(static_cast<int>(mean + 0.5), factor));
}

at::Tensor with_saturation(const at::Tensor& image, double factor, ImageReading::Order order) {
  return changed_pixels(checked_colours(image), [factor, red = place_of_red(order)](const uint8_t* in, uint8_t* out) {
    const uint8_t gray = gray_of(in, red);
    for (int c = 0; c < 3; ++c) out[c] = blended(gray, in[c], static_cast<float>(factor));
  });
}

at::Tensor with_hue(const at::Tensor& image, double turn, ImageReading::Order order) {
  const auto steps = static_cast<uint8_t>(static_cast<int>(turn * 255));
  return changed_pixels(checked_colours(image), [steps, red = place_of_red(order)](const uint8_t* in, uint8_t* out) {
    HueSaturation hsv = to_hsv(in, red);
    hsv.hue = static_cast<uint8_t>(hsv.hue + steps);
    from_hsv(hsv, out, red);
  });
}

}  // namespace millrace
