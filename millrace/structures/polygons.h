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

/// One instance's mask as the union of polygons, in pixels: pixel (x, y) covers [x, x+1) × [y, y+1).
///
/// In a sample a mask is a list of tensors (k, 2) float32 or float64, or of flat lists [x, y, x, y, …] as in COCO's
/// files; gt_masks is a list of n of them. Fewer than three points enclose nothing. Throws Error if the input breaks a
/// rule.
class PolygonMask {
 public:
  PolygonMask() = default;
  explicit PolygonMask(std::vector<Polygon> polygons) : polygons_(std::move(polygons)) {}
  static PolygonMask from(const State& list);
  /// The outlines of the set pixels of a bitmap (H, W) of bool or uint8 on the CPU, along the edges of the pixels.
  /// Pixels that only meet at a corner are in different polygons. Holes are filled, since COCO's polygons have no
  /// holes.
  static PolygonMask outline(const at::Tensor& bitmap);

  const std::vector<Polygon>& polygons() const { return polygons_; }
  std::vector<Polygon>& polygons() { return polygons_; }

  /// A list of tensors (k, 2) float32.
  State to_state() const;
  /// The pixels inside, decided as in COCO's code (five points per pixel edge).
  Rle rasterize(int64_t height, int64_t width) const;
  /// Sum of the areas of the polygons (each |sum of x_i y_{i+1} - x_{i+1} y_i| / 2).
  double area() const;
  /// x1, y1, x2, y2 of the smallest box around them; zeros if there are no points.
  std::array<double, 4> box() const;
  /// The part within [0, width] × [0, height] (Sutherland and Hodgman 1974); polygons that are completely outside are
  /// removed.
  PolygonMask clipped(double width, double height) const;

 private:
  std::vector<Polygon> polygons_;
};

}  // namespace millrace
