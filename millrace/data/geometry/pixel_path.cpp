#include "millrace/data/geometry/pixel_path.h"

#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/error.h"
#include "millrace/data/geometry/bilinear_part.h"
#include "millrace/data/geometry/pixel_copy.h"
#include "millrace/data/geometry/pixel_warp.h"
#include "millrace/data/pillow_resize.h"

namespace millrace {

namespace {

/// Which places of an axis a resize by the nearest pixel takes.
AxisMap nearest_axis(int64_t in, int64_t out, ResizeBackend backend) {
  if (backend == ResizeBackend::pillow) return AxisMap(in, pillow_nearest(in, out));
  // cv::resize, INTER_NEAREST: no half pixel, and the step as the inverse of the inverse.
  const double step = 1.0 / (static_cast<double>(out) / static_cast<double>(in));
  std::vector<int64_t> places(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i)
    places[static_cast<size_t>(i)] = std::min(static_cast<int64_t>(std::floor(static_cast<double>(i) * step)), in - 1);
  return AxisMap(in, places);
}

AxisMaps nearest_axes(const ImageSize& size, const Resampling& resampling) {
  const auto& from = resampling.from;
  const auto axis = [&](int64_t whole, int64_t begin, int64_t length, int64_t to) {
    const AxisMap window = AxisMap(whole).window(begin, length);
    return length == to ? window : window.then(nearest_axis(length, to, resampling.backend));
  };
  return {axis(size.height, from.top, from.height, resampling.to.height),
          axis(size.width, from.left, from.width, resampling.to.width)};
}

bool is_whole(const Resampling& resampling, const ImageSize& size) {
  const auto& from = resampling.from;
  return from.top == 0 && from.left == 0 && from.height == size.height && from.width == size.width;
}

/// Whether it takes pixels as they are.
bool is_copy(const Resampling& resampling) {
  return resampling.interpolation == Interpolation::nearest ||
         ImageSize{resampling.from.height, resampling.from.width} == resampling.to;
}

/// A view where nothing but a window is taken.
at::Tensor copied(const at::Tensor& image, const AxisMaps& axes, const ImageMove::Fill& fill) {
  const int64_t top = axes.rows.window_begin(), left = axes.columns.window_begin();
  if (top < 0 || left < 0) return remapped(image, axes.rows, axes.columns, {fill.image.data(), fill.image.size()});
  const at::Tensor part = axes.rows.size() == image.size(0) ? image : image.narrow(0, top, axes.rows.size());
  return axes.columns.size() == image.size(1) ? part : part.narrow(1, left, axes.columns.size());
}

bool has_fill(const AxisMaps& axes) { return axes.rows.has_fill() || axes.columns.has_fill(); }

bool is_scaled(const AxisMaps& axes) { return std::abs(axes.rows.scale()) != 1 || std::abs(axes.columns.scale()) != 1; }

bool is_same(const ImageMove::Fill& a, const ImageMove::Fill& b) {
  return a.image == b.image && a.segmentation == b.segmentation;
}

/// Each vector (x, y) of a flow multiplied with a matrix, in place.
void turn_vectors_(const at::Tensor& flow, double xx, double xy, double yx, double yy) {
  if (xx == 1 && xy == 0 && yx == 0 && yy == 1) return;
  auto* vector = flow.mutable_data_ptr<float>();
  for (int64_t i = 0; i < flow.numel(); i += 2, vector += 2) {
    const double x = vector[0], y = vector[1];
    vector[0] = static_cast<float>(xx * x + xy * y);
    vector[1] = static_cast<float>(yx * x + yy * y);
  }
}

}  // namespace

bool PixelPath::append(const ImageMove& move) {
  if (const auto* axes = std::get_if<AxisMaps>(&move.map)) {
    if (!append_axes(*axes, move)) return false;
  } else if (const auto* resampling = std::get_if<Resampling>(&move.map)) {
    if (!append_resampling(*resampling, move)) return false;
  } else if (const auto* warp = std::get_if<Warp>(&move.map)) {
    if (!is_untouched_) return false;
    resampled_ = *warp;
    warp_fill_ = move.fill;
    rows_ = AxisMap(warp->to.height);
    columns_ = AxisMap(warp->to.width);
  }
  is_untouched_ = false;
  if (!move.swapped_labels.empty()) swapped_labels_.push_back(move.swapped_labels);
  return true;
}

bool PixelPath::append_axes(const AxisMaps& axes, const ImageMove& move) {
  if (millrace::has_fill(axes)) {
    if (!swapped_labels_.empty()) return false;  // which would change the filling, too
    if (millrace::has_fill({rows_, columns_}) && !is_same(fill_, move.fill)) return false;
    fill_ = move.fill;
  }
  rows_ = is_untouched_ ? axes.rows : rows_.then(axes.rows);
  columns_ = is_untouched_ ? axes.columns : columns_.then(axes.columns);
  return true;
}

bool PixelPath::append_resampling(const Resampling& resampling, const ImageMove& move) {
  // (Maps of another size than the image's are resized as a whole, so a first resize stays what it is.)
  if (is_copy(resampling) && !(is_untouched_ && is_whole(resampling, before_))) {
    const AxisMaps axes = nearest_axes(size_after(), resampling);
    return !(is_scaled(axes) && has_scaled_copy()) && append_axes(axes, move);
  }
  const int64_t top = is_untouched_ ? 0 : rows_.window_begin(), left = is_untouched_ ? 0 : columns_.window_begin();
  if (!std::holds_alternative<std::monostate>(resampled_) || top < 0 || left < 0) return false;
  Resampling& own = resampled_.emplace<Resampling>(resampling);
  own.from.top += top;
  own.from.left += left;
  rows_ = AxisMap(resampling.to.height);
  columns_ = AxisMap(resampling.to.width);
  return true;
}

/// A resize by the nearest pixel. Vectors of optical flow are rounded after each, so one path has one at the most.
bool PixelPath::has_scaled_copy() const {
  const auto* const resampling = std::get_if<Resampling>(&resampled_);
  return is_scaled({rows_, columns_}) ||
         (resampling && is_copy(*resampling) && is_scaled(nearest_axes(before_, *resampling)));
}

at::Tensor PixelPath::image(const at::Tensor& image) const {
  if (const auto* warp = std::get_if<Warp>(&resampled_))
    return copied(warped(image, *warp, {warp_fill_.image.data(), warp_fill_.image.size()}), {rows_, columns_}, fill_);
  const auto* resampling = std::get_if<Resampling>(&resampled_);
  if (!resampling || is_copy(*resampling)) return copied(image, maps_from(image, 0), fill_);
  const auto& from = resampling->from;
  const at::Tensor part = image.narrow(0, from.top, from.height).narrow(1, from.left, from.width);
  const bool is_all = size_after() == resampling->to && rows_.window_begin() == 0 && columns_.window_begin() == 0;
  if (!is_all && has_bilinear_part(part, *resampling))
    return bilinear_part(part, resampling->to, rows_, columns_, {fill_.image.data(), fill_.image.size()});
  if (!is_all && resampling->backend == ResizeBackend::pillow)
    return pillow_part(part, resampling->to, resampling->interpolation, rows_, columns_,
                       {fill_.image.data(), fill_.image.size()});
  return copied(
      resized(part, resampling->to.height, resampling->to.width, resampling->backend, resampling->interpolation),
      {rows_, columns_}, fill_);
}

/// Rows and columns of a map whose height is its dimension `first_dim`.
AxisMaps PixelPath::maps_from(const at::Tensor& content, int64_t first_dim) const {
  if (content.dim() < first_dim + 2)
    throw Error(fmt::format("a map or a mask needs a height and a width, not {} dimensions", content.dim()));
  const ImageSize size{content.size(first_dim), content.size(first_dim + 1)};
  const auto* const resampling = std::get_if<Resampling>(&resampled_);
  if (size != before_) {
    if (!resampling || !is_whole(*resampling, before_))
      throw Error(fmt::format("a map or a mask of {}x{} does not fit an image of {}x{}", size.width, size.height,
                              before_.width, before_.height));
    Resampling own = *resampling;
    own.from = {0, 0, size.height, size.width};
    const AxisMaps axes = nearest_axes(size, own);
    return {axes.rows.then(rows_), axes.columns.then(columns_)};
  }
  if (!resampling) return {rows_, columns_};
  const AxisMaps axes = nearest_axes(before_, *resampling);
  return {axes.rows.then(rows_), axes.columns.then(columns_)};
}

at::Tensor PixelPath::nearest(const at::Tensor& map, double warp_fill, double fill) const {
  const AxisMaps axes = maps_from(map, 0);
  const auto* const warp = std::get_if<Warp>(&resampled_);
  return remapped(warp ? nearest_warped(map, *warp, warp_fill) : map, axes.rows, axes.columns, {&fill, 1});
}

at::Tensor PixelPath::segmentation(const at::Tensor& map) const {
  at::Tensor moved = nearest(map, warp_fill_.segmentation, fill_.segmentation);
  for (const Labels& pairs : swapped_labels_) {
    const at::Tensor before = moved;
    for (const auto& [a, b] : pairs) {
      moved = at::where(before.eq(a), at::full_like(before, b), moved);
      moved = at::where(before.eq(b), at::full_like(before, a), moved);
    }
  }
  return moved;
}

at::Tensor PixelPath::bitmaps(const at::Tensor& bitmaps) const {
  const AxisMaps axes = maps_from(bitmaps, 1);
  if (const auto* warp = std::get_if<Warp>(&resampled_))
    return remapped_bitmaps(nearest_warped_bitmaps(bitmaps, *warp), axes.rows, axes.columns);
  return remapped_bitmaps(bitmaps, axes.rows, axes.columns);
}

at::Tensor PixelPath::flow(const at::Tensor& flow) const {
  if (flow.dim() != 3 || flow.size(2) != 2 || flow.scalar_type() != at::kFloat)
    throw Error("optical flow is (H, W, 2) float32");
  if (ImageSize{flow.size(0), flow.size(1)} != before_)
    throw Error(fmt::format("optical flow of {}x{} does not fit an image of {}x{}", flow.size(1), flow.size(0),
                            before_.width, before_.height));
  const ImageMove::Fill none{};
  AxisMaps axes{rows_, columns_};
  at::Tensor moved = flow;
  if (const auto* warp = std::get_if<Warp>(&resampled_)) {
    moved = nearest_warped(moved, *warp, 0);
    warp_vectors_(moved, *warp);
  } else if (const auto* resampling = std::get_if<Resampling>(&resampled_); resampling && is_copy(*resampling)) {
    axes = maps_from(flow, 0);
  } else if (resampling) {
    const auto& from = resampling->from;
    moved = resized(moved.narrow(0, from.top, from.height).narrow(1, from.left, from.width), resampling->to.height,
                    resampling->to.width, ResizeBackend::cv2, Interpolation::bilinear);
    turn_vectors_(moved, static_cast<double>(resampling->to.width) / static_cast<double>(from.width), 0, 0,
                  static_cast<double>(resampling->to.height) / static_cast<double>(from.height));
  }
  moved = remapped(moved, axes.rows, axes.columns, {none.image.data(), none.image.size()});
  turn_vectors_(moved, axes.columns.scale(), 0, 0, axes.rows.scale());
  return moved;
}

}  // namespace millrace
