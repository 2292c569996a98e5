#include <ATen/EmptyTensor.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

#include "millrace/base/error.h"
#include "millrace/data/geometry/mover.h"

namespace millrace {

namespace {

/// A copy of a tensor of `columns` float32 or float64 numbers a row, each row changed by `change(T*)`.
template <class Change>
at::Tensor changed_rows(const at::Tensor& given, const Change& change) {
  const at::Tensor rows = given.clone(at::MemoryFormat::Contiguous);
  const int64_t columns = rows.size(1);
  const auto change_all = [&]<class T>(T* row) {
    for (int64_t i = 0; i < rows.size(0); ++i, row += columns) change(row);
  };
  if (rows.scalar_type() == at::kFloat) change_all(rows.mutable_data_ptr<float>());
  else change_all(rows.mutable_data_ptr<double>());
  return rows;
}

void check_boxes(const State& value, std::initializer_list<int64_t> columns) {
  const at::Tensor& boxes = value.tensor();
  const bool fits = boxes.is_cpu() && boxes.dim() == 2 &&
                    std::find(columns.begin(), columns.end(), boxes.size(1)) != columns.end() &&
                    (boxes.scalar_type() == at::kFloat || boxes.scalar_type() == at::kDouble);
  if (!fits)
    throw Error(fmt::format("boxes are (N, 4), or rotated (N, 5), of float32 or float64 on the CPU, not ({}) of {}",
                            fmt::join(boxes.sizes(), ", "), c10::toString(boxes.scalar_type())));
}

/// Rows of a tensor of boxes as float64.
template <class Take>
void each_box(const at::Tensor& given, const Take& take) {
  const at::Tensor boxes = given.contiguous();
  const int64_t columns = boxes.size(1);
  std::array<double, 5> box{};
  for (int64_t i = 0; i < boxes.size(0); ++i) {
    for (int64_t c = 0; c < columns; ++c)
      box[static_cast<size_t>(c)] = boxes.scalar_type() == at::kFloat
                                        ? static_cast<double>(boxes.const_data_ptr<float>()[i * columns + c])
                                        : boxes.const_data_ptr<double>()[i * columns + c];
    take(static_cast<size_t>(i), box);
  }
}

/// x1, y1, x2, y2 around where the four corners land.
std::array<double, 4> moved_box(double x1, double y1, double x2, double y2, const PointMap& points) {
  const Point a = points({x1, y1}), c = points({x2, y2});
  std::array<double, 4> box = {std::min(a.x, c.x), std::min(a.y, c.y), std::max(a.x, c.x), std::max(a.y, c.y)};
  if (points.is_axis_aligned()) return box;
  for (const Point& corner : {points({x2, y1}), points({x1, y2})})
    box = {std::min(box[0], corner.x), std::min(box[1], corner.y), std::max(box[2], corner.x),
           std::max(box[3], corner.y)};
  return box;
}

struct RotatedBox {
  double cx, cy, width, height, angle;

  std::array<Point, 4> corners() const {
    const double c = std::cos(angle), s = std::sin(angle);
    const double wx = c * width / 2, wy = s * width / 2, hx = -s * height / 2, hy = c * height / 2;
    return {{{cx - wx - hx, cy - wy - hy},
             {cx + wx - hx, cy + wy - hy},
             {cx + wx + hx, cy + wy + hy},
             {cx - wx + hx, cy - wy + hy}}};
  }
};

/// Into [-pi/2, pi/2): half a turn changes nothing.
double folded_angle(double angle) {
  constexpr double kHalfTurn = std::numbers::pi;
  return angle - kHalfTurn * std::floor(angle / kHalfTurn + 0.5);
}

/// The smallest rectangle with a side along `side` around the corners.
RotatedBox box_along(const std::array<Point, 4>& corners, const Point& side) {
  const double length = std::hypot(side.x, side.y);
  const double c = length > 0 ? side.x / length : 1, s = length > 0 ? side.y / length : 0;
  double low_u = INFINITY, high_u = -INFINITY, low_v = INFINITY, high_v = -INFINITY;
  for (const Point& p : corners) {
    const double u = c * p.x + s * p.y, v = c * p.y - s * p.x;
    low_u = std::min(low_u, u), high_u = std::max(high_u, u);
    low_v = std::min(low_v, v), high_v = std::max(high_v, v);
  }
  const double u = (low_u + high_u) / 2, v = (low_v + high_v) / 2;
  return {c * u - s * v, s * u + c * v, high_u - low_u, high_v - low_v, folded_angle(std::atan2(s, c))};
}

RotatedBox moved_rotated_box(const RotatedBox& box, const PointMap& points) {
  const PointMap::Matrix& m = points.matrix();
  if (points.is_axis_aligned() && std::abs(m[0]) == std::abs(m[4])) {  // exact: mirrors, windows, one factor
    const Point middle = points({box.cx, box.cy});
    const double factor = std::abs(m[0]);
    const bool is_mirrored = (m[0] < 0) != (m[4] < 0);
    return {middle.x, middle.y, box.width * factor, box.height * factor,
            is_mirrored ? folded_angle(-box.angle) : box.angle};
  }
  std::array<Point, 4> corners = box.corners();
  for (Point& corner : corners) corner = points(corner);
  // The smallest rectangle around a convex polygon has a side along one of its own (Freeman and Shapira 1975). Of a
  // rectangle it is the rectangle itself, and the width stays the width.
  RotatedBox best = box_along(corners, {corners[1].x - corners[0].x, corners[1].y - corners[0].y});
  for (size_t i = 1; i < 4; ++i) {
    const Point &a = corners[i], &b = corners[(i + 1) % 4];
    const RotatedBox other = box_along(corners, {b.x - a.x, b.y - a.y});
    if (other.width * other.height < best.width * best.height * (1 - 1e-6)) best = other;
  }
  return best;
}

class RotatedBoxMover final : public Mover {
 public:
  bool has_pixels(const State&) const override { return false; }

  void follow(State& value, Sample&, const MoveStep& step) const override {
    check_boxes(value, {5});
    value = changed_rows(value.tensor(), [&]<class T>(T* row) {
      const RotatedBox box = moved_rotated_box({row[0], row[1], row[2], row[3], row[4]}, step.points);
      const std::array<double, 5> numbers = {box.cx, box.cy, box.width, box.height, box.angle};
      for (size_t i = 0; i < 5; ++i) row[i] = static_cast<T>(numbers[i]);
    });
  }

  bool find_inside(const State& value, const ImageSize& size, std::span<char> inside) const override {
    check_boxes(value, {5});
    each_box(value.tensor(), [&](size_t i, const std::array<double, 5>& box) {
      inside[i] = box[0] >= 0 && box[1] >= 0 && box[0] < static_cast<double>(size.width) &&
                  box[1] < static_cast<double>(size.height);
    });
    return true;
  }
};

class BoxMover final : public Mover {
 public:
  bool has_pixels(const State&) const override { return false; }

  void follow(State& value, Sample& sample, const MoveStep& step) const override {
    check_boxes(value, {4, 5});
    if (value.tensor().size(1) == 5) return movers::rotated_boxes().follow(value, sample, step);
    const auto width = static_cast<double>(step.size.width), height = static_cast<double>(step.size.height);
    value = changed_rows(value.tensor(), [&]<class T>(T* row) {
      std::array<double, 4> box = moved_box(row[0], row[1], row[2], row[3], step.points);
      if (step.move.border.clip_boxes)
        box = {std::clamp(box[0], 0.0, width), std::clamp(box[1], 0.0, height), std::clamp(box[2], 0.0, width),
               std::clamp(box[3], 0.0, height)};
      for (size_t i = 0; i < 4; ++i) row[i] = static_cast<T>(box[i]);
    });
  }

  bool find_inside(const State& value, const ImageSize& size, std::span<char> inside) const override {
    check_boxes(value, {4, 5});
    if (value.tensor().size(1) == 5) return movers::rotated_boxes().find_inside(value, size, inside);
    each_box(value.tensor(), [&](size_t i, const std::array<double, 5>& box) {
      inside[i] = std::min(box[2], static_cast<double>(size.width)) > std::max(box[0], 0.0) &&
                  std::min(box[3], static_cast<double>(size.height)) > std::max(box[1], 0.0);
    });
    return true;
  }
};

}  // namespace

const Mover& movers::boxes() {
  static const BoxMover mover;
  return mover;
}

const Mover& movers::rotated_boxes() {
  static const RotatedBoxMover mover;
  return mover;
}

}  // namespace millrace
