#pragma once

#include <array>
#include <cstdint>

#include "millrace/structures/polygons.h"

namespace millrace {

/// Height and width of an image, in pixels.
struct ImageSize {
  int64_t height = 0, width = 0;
  friend bool operator==(const ImageSize&, const ImageSize&) = default;
};

/// Maps points of an image, in pixels from its upper left corner. The pixel (x, y) covers [x, x+1) × [y, y+1), so its
/// centre is (x + 0.5, y + 0.5). Boxes, keypoints and polygons use these coordinates, as in MMCV.
class PointMap {
 public:
  using Matrix = std::array<double, 9>;  // row by row

  PointMap() = default;
  /// x' = scale_x · x + offset_x, y' = scale_y · y + offset_y.
  PointMap(double scale_x, double offset_x, double scale_y, double offset_y)
      : matrix_{scale_x, 0, offset_x, 0, scale_y, offset_y, 0, 0, 1} {}
  /// (x', y') = (u, v) / w, (u, v, w) = matrix · (x, y, 1).
  explicit PointMap(const Matrix& matrix) : matrix_(matrix) {}

  Point operator()(Point point) const {
    const auto& m = matrix_;
    const double u = m[0] * point.x + m[1] * point.y + m[2], v = m[3] * point.x + m[4] * point.y + m[5];
    if (is_affine()) return {u, v};
    const double w = m[6] * point.x + m[7] * point.y + m[8];
    return {u / w, v / w};
  }
  bool is_affine() const { return matrix_[6] == 0 && matrix_[7] == 0 && matrix_[8] == 1; }
  /// Whether rows stay rows and columns stay columns, so that boxes stay boxes.
  bool is_axis_aligned() const { return is_affine() && matrix_[1] == 0 && matrix_[3] == 0; }
  const Matrix& matrix() const { return matrix_; }

 private:
  Matrix matrix_ = {1, 0, 0, 0, 1, 0, 0, 0, 1};
};

}  // namespace millrace
