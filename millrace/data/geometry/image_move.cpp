#include "millrace/data/geometry/image_move.h"

#include <fmt/format.h>

#include "millrace/base/error.h"

namespace millrace {

ImageSize ImageMove::size_after(const ImageSize& size) const {
  if (const auto* axes = std::get_if<AxisMaps>(&map)) return {axes->rows.size(), axes->columns.size()};
  if (const auto* resampling = std::get_if<Resampling>(&map)) return resampling->to;
  if (const auto* warp = std::get_if<Warp>(&map)) return warp->to;
  return size;
}

PointMap ImageMove::points() const {
  if (const auto* axes = std::get_if<AxisMaps>(&map))
    return {axes->columns.scale(), axes->columns.offset(), axes->rows.scale(), axes->rows.offset()};
  if (const auto* resampling = std::get_if<Resampling>(&map)) {
    const auto& from = resampling->from;
    const double x = static_cast<double>(resampling->to.width) / static_cast<double>(from.width);
    const double y = static_cast<double>(resampling->to.height) / static_cast<double>(from.height);
    return {x, -x * static_cast<double>(from.left), y, -y * static_cast<double>(from.top)};
  }
  if (const auto* warp = std::get_if<Warp>(&map)) return PointMap(warp->matrix);
  return {};
}

ImageSize image_size(const Sample& sample) {
  const at::Tensor& image = sample.tensor(keys::img);
  if ((image.dim() != 2 && image.dim() != 3) || image.numel() == 0)
    throw Error(fmt::format("an image has the shape (H, W) or (H, W, C), and pixels; this one has {} dimensions and {}",
                            image.dim(), image.numel()));
  return {image.size(0), image.size(1)};
}

}  // namespace millrace
