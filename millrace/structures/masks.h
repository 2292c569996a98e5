#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "millrace/structures/polygons.h"
#include "millrace/structures/rle.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Masks of n instances, in one of three forms, as `gt_masks` of a sample and `gt_instances.masks` of a batch hold
/// them:
///
///     bitmaps      a tensor (n, H, W) of bool or uint8
///     polygons     a list of n lists of polygons (PolygonMask)
///     run_lengths  a list of n dicts, COCO's (Rle)
///
/// For a list the first mask decides the form; an empty list counts as polygons. Throws Error for any other value, or
/// if a mask breaks a rule of its form.
enum class MaskForm { bitmaps, polygons, run_lengths };
MaskForm form_of_masks(const State& masks);

// Each takes any form. `height` and `width` are those of the image; bitmaps and run lengths must have that size.

/// (n, H, W) uint8.
at::Tensor masks_as_bitmaps(const State& masks, int64_t height, int64_t width);
State masks_as_run_lengths(const State& masks, int64_t height, int64_t width);
/// Outlines along the edges of pixels, without holes (PolygonMask::outline).
State masks_as_polygons(const State& masks);

/// (n) float64, in pixels: exact for polygons, a count of pixels for the others.
at::Tensor mask_areas(const State& masks);
/// (n, 4) float32, x1, y1, x2, y2 around each mask, in pixels; zeros if nothing is set.
at::Tensor mask_boxes(const State& masks);

}  // namespace millrace
