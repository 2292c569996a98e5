#include "millrace/zoo/classification/transforms/random_resized_crop.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/data/imaging.h"

namespace millrace::classification {

namespace {

void check_order(const char* key, const std::array<double, 2>& range, Complaints& complaints) {
  if (range[0] > range[1])
    complaints.add(key, fmt::format("{} begins above its end: ({}, {})", key, range[0], range[1]));
}

int64_t rounded(double value) { return std::lrint(value); }

}  // namespace

void RandomResizedCrop::check(const Options& options, Complaints& complaints) {
  check_order("crop_ratio_range", options.crop_ratio_range, complaints);
  check_order("aspect_ratio_range", options.aspect_ratio_range, complaints);
  check_resize(options.backend, options.interpolation, complaints);
}

RandomResizedCrop::RandomResizedCrop(Options options) : options_(checked<RandomResizedCrop>(std::move(options))) {
  const auto& scale = *options_.scale;
  if (const auto* both = std::get_if<int64_t>(&scale)) size_ = {*both, *both};
  else size_ = std::get<1>(scale);
  if (needs_imaging(options_.backend, options_.interpolation)) (void)imaging();
}

Resampling::Window RandomResizedCrop::window(int64_t height, int64_t width, Rng& rng) const {
  const auto [least_ratio, largest_ratio] = options_.aspect_ratio_range;
  const double area = static_cast<double>(height * width);
  for (int64_t attempt = 0; attempt < options_.max_attempts; ++attempt) {
    const double part = rng.uniform(options_.crop_ratio_range[0], options_.crop_ratio_range[1]) * area;
    const double ratio = std::exp(rng.uniform(std::log(least_ratio), std::log(largest_ratio)));
    const int64_t w = rounded(std::sqrt(part * ratio)), h = rounded(std::sqrt(part / ratio));
    if (w < 1 || w > width || h < 1 || h > height) continue;
    const int64_t top = rng.integer(0, height - h);
    const int64_t left = rng.integer(0, width - w);
    return {.top = top, .left = left, .height = h, .width = w};
  }
  const double ratio = static_cast<double>(width) / static_cast<double>(height);
  int64_t h = height, w = width;
  if (ratio < least_ratio) h = std::max<int64_t>(rounded(static_cast<double>(width) / least_ratio), 1);
  else if (ratio > largest_ratio) w = std::max<int64_t>(rounded(static_cast<double>(height) * largest_ratio), 1);
  return {.top = (height - h) / 2, .left = (width - w) / 2, .height = h, .width = w};
}

ImageMove RandomResizedCrop::plan(const Sample& sample, Rng& rng) const {
  const ImageSize size = image_size(sample);
  return {.map = Resampling{.from = window(size.height, size.width, rng),
                            .to = {size_[0], size_[1]},
                            .backend = options_.backend,
                            .interpolation = options_.interpolation},
          .border = {.clip_boxes = true, .clip_points = true, .hide_points = true, .drop_instances = true}};
}

MILLRACE_REGISTER(Transform, RandomResizedCrop);

}  // namespace millrace::classification
