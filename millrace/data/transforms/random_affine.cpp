#include "millrace/data/transforms/random_affine.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "millrace/data/imaging.h"

namespace millrace {

namespace {

using AffineMatrix = PointMap::Matrix;

AffineMatrix product(const AffineMatrix& a, const AffineMatrix& b) {
  AffineMatrix result{};
  for (size_t row = 0; row < 3; ++row)
    for (size_t column = 0; column < 3; ++column)
      for (size_t i = 0; i < 3; ++i) result[3 * row + column] += a[3 * row + i] * b[3 * i + column];
  return result;
}

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

}  // namespace

void RandomAffine::check(const Options& options, Complaints& complaints) {
  const auto [least, largest] = options.scaling_ratio_range;
  if (least > largest)
    complaints.add("scaling_ratio_range",
                   fmt::format("scaling_ratio_range begins above its end: ({}, {})", least, largest));
}

RandomAffine::RandomAffine(Options options) : options_(checked<RandomAffine>(std::move(options))) { (void)imaging(); }

ImageMove RandomAffine::plan(const Sample& sample, Rng& rng) const {
  const auto either_way = [&](double most) { return rng.uniform(-most, most); };
  const ImageSize size = image_size(sample);
  const int64_t width = size.width + 2 * options_.border[0], height = size.height + 2 * options_.border[1];
  if (width < 1 || height < 1)
    throw Error(fmt::format("the border ({}, {}) of RandomAffine leaves nothing of an image of {}x{}",
                            options_.border[0], options_.border[1], size.width, size.height));
  const double turn = radians(either_way(options_.max_rotate_degree));
  const double factor = rng.uniform(options_.scaling_ratio_range[0], options_.scaling_ratio_range[1]);
  const double shear_x = std::tan(radians(either_way(options_.max_shear_degree)));
  const double shear_y = std::tan(radians(either_way(options_.max_shear_degree)));
  const double shift_x = either_way(options_.max_translate_ratio) * static_cast<double>(width);
  const double shift_y = either_way(options_.max_translate_ratio) * static_cast<double>(height);
  const double c = std::cos(turn), s = std::sin(turn);
  const AffineMatrix rotation = {c, -s, 0, s, c, 0, 0, 0, 1}, scale = {factor, 0, 0, 0, factor, 0, 0, 0, 1};
  const AffineMatrix shear = {1, shear_x, 0, shear_y, 1, 0, 0, 0, 1}, shift = {1, 0, shift_x, 0, 1, shift_y, 0, 0, 1};
  const bool clip = options_.bbox_clip_border;
  return {.map = Warp{.matrix = product(shift, product(shear, product(rotation, scale))), .to = {height, width}},
          .fill = {.image = {options_.border_val.values().begin(), options_.border_val.values().end()}},
          .border = {.clip_boxes = clip, .clip_points = clip, .hide_points = true, .drop_instances = true}};
}

MILLRACE_REGISTER(Transform, RandomAffine);

}  // namespace millrace
