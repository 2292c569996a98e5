#include "millrace/data/transforms/center_crop.h"

#include <algorithm>
#include <cmath>

#include "millrace/data/image_keys.h"

namespace millrace {

namespace {

/// The middle of an axis. A half is rounded to the even number, as Python does.
AxisMap middle(const AxisMap& axis, int64_t length) {
  const int64_t begin = std::max<int64_t>(0, std::lrint(static_cast<double>(axis.size() - length) / 2));
  return axis.window(begin, std::min(axis.size(), length));
}

}  // namespace

void CenterCrop::check(const Options& options, Complaints& complaints) {
  if (options.pad_cfg.type != "Pad")
    complaints.add("pad_cfg", "pad_cfg of CenterCrop is a Pad, not " + options.pad_cfg.type);
}

CenterCrop::CenterCrop(Options options) : options_(checked<CenterCrop>(std::move(options))) {
  const auto& size = *options_.crop_size;
  if (const auto* both = std::get_if<int64_t>(&size)) crop_ = {*both, *both};
  else crop_ = std::get<1>(size);
}

ImageMove CenterCrop::plan(const Sample& sample, Rng& rng) const {
  const ImageSize size = image_size(sample);
  const auto [width, height] = crop_;
  ImageMove move{.map = AxisMaps{AxisMap(size.height), AxisMap(size.width)}};
  if (options_.auto_pad && (size.width < width || size.height < height))
    move = Pad({.size = {{std::max(size.width, width), std::max(size.height, height)}},
                .pad_val = options_.pad_cfg.pad_val,
                .padding_mode = options_.pad_cfg.padding_mode})
               .plan(sample, rng);
  auto& [rows, columns] = std::get<AxisMaps>(move.map);
  rows = middle(rows, height);
  columns = middle(columns, width);
  move.border = {.clip_boxes = options_.clip_object_border, .clip_points = true, .hide_points = true};
  move.notes.push_back({keys::pad_shape, State::tuple({rows.size(), columns.size()})});
  return move;
}

MILLRACE_REGISTER(Transform, CenterCrop);

}  // namespace millrace
