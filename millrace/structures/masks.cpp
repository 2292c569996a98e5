#include "millrace/structures/masks.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>

#include <array>

#include "millrace/base/error.h"
#include "millrace/structures/sample.h"

namespace millrace {

namespace {

/// Mask i as run lengths, of bitmaps and run lengths.
Rle pixels_of(const State& masks, int64_t i) {
  return masks.is_tensor() ? Rle::encode(masks.tensor().select(0, i))
                           : Rle::from(masks.items()[static_cast<size_t>(i)]);
}

PolygonMask polygons_of(const State& masks, int64_t i) {
  return PolygonMask::from(masks.items()[static_cast<size_t>(i)]);
}

Rle run_lengths_of(const State& masks, MaskForm form, int64_t i, int64_t height, int64_t width) {
  if (form == MaskForm::polygons) return polygons_of(masks, i).rasterize(height, width);
  Rle rle = pixels_of(masks, i);
  if (rle.height() != height || rle.width() != width)
    throw Error(
        fmt::format("a mask of {}x{} does not fit an image of {}x{}", rle.width(), rle.height(), width, height));
  return rle;
}

}  // namespace

MaskForm form_of_masks(const State& masks) {
  if (masks.is_tensor()) {
    const at::Tensor& bitmaps = masks.tensor();
    if (bitmaps.is_cpu() && bitmaps.dim() == 3 && bitmaps.element_size() == 1) return MaskForm::bitmaps;
    throw Error("bitmaps of instances are (N, H, W) of bool or uint8, on the CPU");
  }
  if (!masks.is_sequence())
    throw Error("masks are a tensor (N, H, W) or a list of polygons or run lengths, not " + masks.kind_name());
  return !masks.items().empty() && masks.items()[0].is_dict() ? MaskForm::run_lengths : MaskForm::polygons;
}

at::Tensor masks_as_bitmaps(const State& masks, int64_t height, int64_t width) {
  const MaskForm form = form_of_masks(masks);
  at::Tensor bitmaps = at::detail::empty_cpu({row_count(masks), height, width}, at::kByte);
  for (int64_t i = 0; i < bitmaps.size(0); ++i)
    bitmaps.select(0, i).copy_(run_lengths_of(masks, form, i, height, width).decode());
  return bitmaps;
}

State masks_as_run_lengths(const State& masks, int64_t height, int64_t width) {
  const MaskForm form = form_of_masks(masks);
  State list = State::list();
  for (int64_t i = 0; i < row_count(masks); ++i)
    list.push_back(run_lengths_of(masks, form, i, height, width).to_state());
  return list;
}

State masks_as_polygons(const State& masks) {
  const MaskForm form = form_of_masks(masks);
  State list = State::list();
  for (int64_t i = 0; i < row_count(masks); ++i)
    list.push_back(
        (form == MaskForm::polygons ? polygons_of(masks, i) : PolygonMask::outline(pixels_of(masks, i).decode()))
            .to_state());
  return list;
}

at::Tensor mask_areas(const State& masks) {
  const MaskForm form = form_of_masks(masks);
  at::Tensor areas = at::detail::empty_cpu({row_count(masks)}, at::kDouble);
  for (int64_t i = 0; i < areas.size(0); ++i)
    areas.mutable_data_ptr<double>()[i] =
        form == MaskForm::polygons ? polygons_of(masks, i).area() : static_cast<double>(pixels_of(masks, i).area());
  return areas;
}

at::Tensor mask_boxes(const State& masks) {
  const MaskForm form = form_of_masks(masks);
  at::Tensor boxes = at::detail::empty_cpu({row_count(masks), 4}, at::kFloat);
  auto* out = boxes.mutable_data_ptr<float>();
  for (int64_t i = 0; i < boxes.size(0); ++i) {
    std::array<double, 4> box;
    if (form == MaskForm::polygons) {
      box = polygons_of(masks, i).box();
    } else {
      const auto [x, y, width, height] = pixels_of(masks, i).box();
      box = {static_cast<double>(x), static_cast<double>(y), static_cast<double>(x + width),
             static_cast<double>(y + height)};
    }
    for (const double side : box) *out++ = static_cast<float>(side);
  }
  return boxes;
}

}  // namespace millrace
