#include "millrace/zoo/classification/transforms/color_jitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "millrace/data/channel_order.h"
#include "millrace/data/photometric.h"

namespace millrace::classification {

namespace {

std::optional<std::array<double, 2>> jitter_range(const ColorJitter::Amount& amount, double center) {
  std::array<double, 2> range;
  if (const auto* both = std::get_if<double>(&amount)) {
    range = {center - *both, center + *both};
    if (center == 1) range[0] = std::max(range[0], 0.0);
  } else {
    range = std::get<1>(amount);
  }
  if (range[0] == center && range[1] == center) return std::nullopt;
  return range;
}

}  // namespace

void ColorJitter::check(const Options& options, Complaints& complaints) {
  const auto check_amount = [&](const char* key, const Amount& amount) {
    const auto* both = std::get_if<double>(&amount);
    const auto* range = std::get_if<std::array<double, 2>>(&amount);
    if (both && *both < 0) complaints.add(key, fmt::format("{} must be at least 0, got {}", key, *both));
    if (range && (*range)[0] > (*range)[1])
      complaints.add(key, fmt::format("{} begins above its end: ({}, {})", key, (*range)[0], (*range)[1]));
  };
  check_amount("brightness", options.brightness);
  check_amount("contrast", options.contrast);
  check_amount("saturation", options.saturation);
  check_amount("hue", options.hue);
}

ColorJitter::ColorJitter(const Options& options) {
  const Options given = checked<ColorJitter>(options);
  ranges_ = {jitter_range(given.brightness, 1), jitter_range(given.contrast, 1), jitter_range(given.saturation, 1),
             jitter_range(given.hue, 0)};
}

void ColorJitter::apply(Sample& sample, Rng& rng) const {
  std::array<size_t, 4> order;
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = order.size() - 1; i > 0; --i)
    std::swap(order[i], order[static_cast<size_t>(rng.integer(0, static_cast<int64_t>(i)))]);
  std::array<double, 4> amounts{};
  for (size_t i = 0; i < ranges_.size(); ++i)
    if (ranges_[i]) amounts[i] = rng.uniform((*ranges_[i])[0], (*ranges_[i])[1]);
  using Order = ImageReading::Order;
  constexpr at::Tensor (*kChanges[])(const at::Tensor&, double, Order) = {
      [](const at::Tensor& image, double factor, Order) { return with_brightness(image, factor); }, with_contrast,
      with_saturation, with_hue};
  const Order channels = channel_order(sample);
  at::Tensor image = sample.tensor(keys::img);
  for (const size_t i : order)
    if (ranges_[i]) image = kChanges[i](image, amounts[i], channels);
  sample.set(keys::img, image);
}

MILLRACE_REGISTER(Transform, ColorJitter);

}  // namespace millrace::classification
