#include "millrace/data/transforms/resize.h"

#include <algorithm>

#include "millrace/data/image_keys.h"
#include "millrace/data/imaging.h"

namespace millrace {

namespace {

const Key kKeepRatio("keep_ratio");

int64_t rounded_size(int64_t size, double factor) {
  return static_cast<int64_t>(static_cast<double>(size) * factor + 0.5);
}

}  // namespace

void Resize::check(const Options& options, Complaints& complaints) {
  if (!options.scale && !options.scale_factor) complaints.add("Resize needs scale or scale_factor");
  check_resize(options.backend, options.interpolation, complaints);
}

Resize::Resize(Options options) : options_(checked<Resize>(std::move(options))) {
  if (needs_imaging(options_.backend, options_.interpolation)) (void)imaging();
}

std::array<int64_t, 2> Resize::target(int64_t width, int64_t height) const {
  if (options_.scale) {
    if (const auto* both = std::get_if<int64_t>(&*options_.scale)) return {*both, *both};
    return std::get<1>(*options_.scale);
  }
  std::array<double, 2> factors;
  if (const auto* both = std::get_if<double>(&*options_.scale_factor)) factors = {*both, *both};
  else factors = std::get<1>(*options_.scale_factor);
  return {rounded_size(width, factors[0]), rounded_size(height, factors[1])};
}

ImageSize Resize::achieved(const ImageSize& size, const std::array<int64_t, 2>& scale) const {
  if (!options_.keep_ratio) return {scale[1], scale[0]};
  const auto [low, high] = std::minmax(scale[0], scale[1]);
  const double factor = std::min(static_cast<double>(high) / static_cast<double>(std::max(size.height, size.width)),
                                 static_cast<double>(low) / static_cast<double>(std::min(size.height, size.width)));
  return {rounded_size(size.height, factor), rounded_size(size.width, factor)};
}

ImageMove Resize::plan(const Sample& sample, Rng&) const {
  const ImageSize size = image_size(sample);
  const std::array<int64_t, 2> scale = target(size.width, size.height);
  const ImageSize to = achieved(size, scale);
  const bool clip = options_.clip_object_border;
  return {
      .map = Resampling{.from = {0, 0, size.height, size.width},
                        .to = to,
                        .backend = options_.backend,
                        .interpolation = options_.interpolation},
      .border = {.clip_boxes = clip, .clip_points = clip},
      .notes = {{keys::scale, State::tuple({scale[0], scale[1]})},
                {keys::scale_factor, State::tuple({static_cast<double>(to.width) / static_cast<double>(size.width),
                                                   static_cast<double>(to.height) / static_cast<double>(size.height)})},
                {kKeepRatio, options_.keep_ratio}}};
}

MILLRACE_REGISTER(Transform, Resize);

}  // namespace millrace
