#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "millrace/structures/rle.h"
#include "millrace/tensor/state.h"

namespace millrace {

struct Point {
  double x, y;
};
using Polygon = std::vector<Point>;

/// One instance's mask as polygons, whose areas are taken together; in pixels, a pixel (x, y) covers [x, x+1) × [y, y+1).
///
/// In a sample a mask is a list of tensors (k, 2) float32 or float64, or of flat lists [x, y, x, y, …] as in COCO's
/// files; gt_masks is a list of n of them. Fewer than three points enclose nothing. What comes from outside and breaks
/// a rule is an Error.
class PolygonMask {
 public:
  PolygonMask() = default;
  explicit PolygonMask(std::vector<Polygon> polygons) : polygons_(std::move(polygons)) {}
  static PolygonMask from(const State& list);
  /// The outlines of what is set in a bitmap (H, W) of bool or uint8 on the CPU, along the edges of its pixels. Pixels
  /// that meet at a corner only are in two polygons. Holes are filled: COCO's polygons have none.
  static PolygonMask outline(const at::Tensor& bitmap);

  const std::vector<Polygon>& polygons() const { return polygons_; }
  std::vector<Polygon>& polygons() { return polygons_; }

  /// A list of tensors (k, 2) float32.
  State to_state() const;
  /// Which pixels are inside, as COCO's code decides it (five points to a pixel's edge).
  Rle rasterize(int64_t height, int64_t width) const;
  /// Sum of the polygons' areas (of each: |sum of x_i y_{i+1} - x_{i+1} y_i| / 2).
  double area() const;
  /// x1, y1, x2, y2 of the smallest box around them; zeros if there is no point.
  std::array<double, 4> box() const;
  /// What lies within [0, width] × [0, height] (Sutherland and Hodgman 1974); polygons of which nothing is left are
  /// gone.
  PolygonMask clipped(double width, double height) const;

 private:
  std::vector<Polygon> polygons_;
};

}  // namespace millrace
