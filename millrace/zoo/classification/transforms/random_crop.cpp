#include "millrace/zoo/classification/transforms/random_crop.h"

#include <algorithm>

namespace millrace::classification {

RandomCrop::RandomCrop(Options options) : options_(checked<RandomCrop>(std::move(options))) {
  const auto& size = *options_.crop_size;
  if (const auto* both = std::get_if<int64_t>(&size)) crop_ = {*both, *both};
  else crop_ = std::get<1>(size);
  if (!options_.padding) return;
  if (const auto* all = std::get_if<int64_t>(&*options_.padding)) padding_ = {*all, *all, *all, *all};
  else if (const auto* two = std::get_if<1>(&*options_.padding))
    padding_ = {(*two)[0], (*two)[1], (*two)[0], (*two)[1]};
  else padding_ = std::get<2>(*options_.padding);
}

AxisMap RandomCrop::window(int64_t size, int64_t crop, int64_t before, int64_t after, Rng& rng) const {
  AxisMap map = AxisMap(size).padded(before, after, options_.padding_mode);
  if (options_.pad_if_needed && map.size() < crop) {
    const int64_t missing = crop - map.size();
    map = map.padded(missing, missing, options_.padding_mode);
  }
  const int64_t length = std::min(crop, map.size());
  const int64_t begin = map.size() > length ? rng.integer(0, map.size() - length) : 0;
  return map.window(begin, length);
}

ImageMove RandomCrop::plan(const Sample& sample, Rng& rng) const {
  const ImageSize size = image_size(sample);
  AxisMap rows = window(size.height, crop_[0], padding_[1], padding_[3], rng);
  AxisMap columns = window(size.width, crop_[1], padding_[0], padding_[2], rng);
  return {.map = AxisMaps{std::move(rows), std::move(columns)},
          .fill = {.image = {options_.pad_val.values().begin(), options_.pad_val.values().end()}},
          .border = {.clip_boxes = true, .clip_points = true, .hide_points = true, .drop_instances = true}};
}

MILLRACE_REGISTER(Transform, RandomCrop);

}  // namespace millrace::classification
