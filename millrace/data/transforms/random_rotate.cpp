#include "millrace/data/transforms/random_rotate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "millrace/data/imaging.h"

namespace millrace {

void RandomRotate::check(const Options& options, Complaints& complaints) {
  if (const auto* largest = std::get_if<double>(&*options.degree); largest && *largest <= 0)
    complaints.add("degree", "degree of RandomRotate must be above 0, or (least, largest)");
  if (options.center && options.auto_bound)
    complaints.add("center", "RandomRotate takes center or auto_bound, not both");
}

RandomRotate::RandomRotate(Options options) : options_(checked<RandomRotate>(std::move(options))) {
  if (const auto* largest = std::get_if<double>(&*options_.degree)) {
    degrees_ = {-*largest, *largest};
  } else {
    const auto& range = std::get<1>(*options_.degree);
    degrees_ = {std::min(range[0], range[1]), std::max(range[0], range[1])};
  }
  (void)imaging();
}

ImageMove RandomRotate::plan(const Sample& sample, Rng& rng) const {
  const bool is_turned = rng.uniform() < options_.prob;
  const double degrees = rng.uniform(degrees_[0], degrees_[1]);
  return is_turned ? rotation(image_size(sample), degrees) : ImageMove{};
}

ImageMove RandomRotate::rotation(const ImageSize& size, double degrees) const {
  const auto width = static_cast<double>(size.width), height = static_cast<double>(size.height);
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  Point center{width / 2, height / 2};
  if (options_.center) center = {(*options_.center)[0] + 0.5, (*options_.center)[1] + 0.5};
  // p' = center + R (p - center), R clockwise on the screen, where y goes down
  PointMap::Matrix matrix = {c, -s, (1 - c) * center.x + s * center.y, s, c, (1 - c) * center.y - s * center.x, 0,
                             0, 1};
  ImageSize to = size;
  if (options_.auto_bound) {
    const double new_width = height * std::abs(s) + width * std::abs(c);
    const double new_height = height * std::abs(c) + width * std::abs(s);
    matrix[2] += (new_width - width) / 2;
    matrix[5] += (new_height - height) / 2;
    to = {std::max<int64_t>(std::lrint(new_height), 1), std::max<int64_t>(std::lrint(new_width), 1)};
  }
  return {.map = Warp{.matrix = matrix, .to = to},
          .fill = {.image = {options_.pad_val.values().begin(), options_.pad_val.values().end()},
                   .segmentation = options_.seg_pad_val},
          .border = {.clip_boxes = true, .clip_points = true, .hide_points = true, .drop_instances = true}};
}

MILLRACE_REGISTER(Transform, RandomRotate);

}  // namespace millrace
