#include "millrace/structures/polygons.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "millrace/base/error.h"

namespace millrace {

namespace {

constexpr int64_t kMostOutlinePoints = int64_t{1} << 27;

Point checked_point(double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y)) throw Error("a polygon has a point that is not finite");
  return {x, y};
}

template <class T>
Polygon points_in(const at::Tensor& tensor) {
  const at::Tensor points = tensor.contiguous();
  const T* at = points.const_data_ptr<T>();
  Polygon polygon;
  polygon.reserve(static_cast<size_t>(points.size(0)));
  for (int64_t i = 0; i < points.size(0); ++i, at += 2)
    polygon.push_back(checked_point(static_cast<double>(at[0]), static_cast<double>(at[1])));
  return polygon;
}

Polygon polygon_of(const State& state) {
  if (state.is_tensor()) {
    const at::Tensor& points = state.tensor();
    if (!points.is_cpu() || points.dim() != 2 || points.size(1) != 2)
      throw Error("a polygon is a tensor (k, 2) on the CPU, or a list of x, y, x, y, …");
    if (points.scalar_type() == at::kFloat) return points_in<float>(points);
    if (points.scalar_type() == at::kDouble) return points_in<double>(points);
    throw Error(fmt::format("a polygon is of float32 or float64, not {}", c10::toString(points.scalar_type())));
  }
  if (!state.is_sequence())
    throw Error("a polygon is a tensor (k, 2) or a list of x, y, x, y, …, not " + state.kind_name());
  const auto& numbers = state.items();
  if (numbers.size() % 2 != 0) throw Error(fmt::format("a polygon of {} numbers: x and y take turns", numbers.size()));
  Polygon polygon;
  for (size_t i = 0; i < numbers.size(); i += 2)
    polygon.push_back(checked_point(numbers[i].number(), numbers[i + 1].number()));
  return polygon;
}

/// One edge of an outline on a grid of five points to a pixel: one point a step along its longer axis, both ends
/// included.
struct OutlineSide {
  int64_t x0, y0, x1, y1;

  int64_t steps() const { return std::max(std::abs(x1 - x0), std::abs(y1 - y0)); }

  template <class Take>
  void walk(const Take& take) const {
    const int64_t dx = std::abs(x1 - x0), dy = std::abs(y1 - y0);
    const bool is_flat = dx >= dy;
    // Points are computed from the end that is lower along the longer axis, and taken from the first one.
    const bool is_backward = is_flat ? x0 > x1 : y0 > y1;
    const int64_t ax = is_backward ? x1 : x0, ay = is_backward ? y1 : y0;
    const int64_t bx = is_backward ? x0 : x1, by = is_backward ? y0 : y1;
    const int64_t length = std::max(dx, dy);
    const double slope =
        length == 0 ? 0 : static_cast<double>(is_flat ? by - ay : bx - ax) / static_cast<double>(length);
    for (int64_t i = 0; i <= length; ++i) {
      const int64_t t = is_backward ? length - i : i;
      const auto across =
          static_cast<int64_t>(static_cast<double>(is_flat ? ay : ax) + slope * static_cast<double>(t) + 0.5);
      if (is_flat) take(t + ax, across);
      else take(across, t + ay);
    }
  }
};

/// COCO's rule (maskApi, rleFrPoly): where the outline, on the finer grid, crosses the middle of a column of pixels, all
/// pixels below change sides.
Rle filled(const Polygon& polygon, int64_t height, int64_t width) {
  constexpr int64_t kGrid = 5;
  const auto on_grid = [](double value) {
    constexpr double kFar = 1e12;
    return static_cast<int64_t>(static_cast<double>(kGrid) * std::clamp(value, -kFar, kFar) + 0.5);
  };
  std::vector<OutlineSide> sides;
  int64_t points = 0;
  for (size_t i = 0; i < polygon.size(); ++i) {
    const Point &a = polygon[i], &b = polygon[(i + 1) % polygon.size()];
    sides.push_back({on_grid(a.x), on_grid(a.y), on_grid(b.x), on_grid(b.y)});
    points += sides.back().steps() + 1;
    if (points > kMostOutlinePoints) throw Error("a polygon is too long to be filled");
  }
  std::vector<int64_t> crossings;
  bool is_first = true;
  int64_t last_x = 0, last_y = 0;
  for (const OutlineSide& side : sides)
    side.walk([&](int64_t x, int64_t y) {
      if (!is_first && x != last_x) {
        const double column = (static_cast<double>(last_x > x ? x : x - 1) + 0.5) / kGrid - 0.5;
        if (std::floor(column) == column && column >= 0 && column <= static_cast<double>(width - 1)) {
          const double row = (static_cast<double>(std::min(y, last_y)) + 0.5) / kGrid - 0.5;
          const double below = std::ceil(std::clamp(row, 0.0, static_cast<double>(height)));
          crossings.push_back(static_cast<int64_t>(column) * height + static_cast<int64_t>(below));
        }
      }
      is_first = false;
      last_x = x;
      last_y = y;
    });
  std::sort(crossings.begin(), crossings.end());
  std::vector<uint32_t> counts;
  int64_t last = 0;
  for (size_t i = 0; i < crossings.size();) {
    size_t end = i;
    while (end < crossings.size() && crossings[end] == crossings[i]) ++end;
    if ((end - i) % 2 == 1 && crossings[i] < height * width) {  // two at one place change nothing
      counts.push_back(static_cast<uint32_t>(crossings[i] - last));
      last = crossings[i];
    }
    i = end;
  }
  counts.push_back(static_cast<uint32_t>(height * width - last));
  return Rle(height, width, std::move(counts));
}

double signed_area(const Polygon& polygon) {
  double twice = 0;
  for (size_t i = 0; i < polygon.size(); ++i) {
    const Point &a = polygon[i], &b = polygon[(i + 1) % polygon.size()];
    twice += a.x * b.y - b.x * a.y;
  }
  return twice / 2;
}

/// The part of a polygon on the side of a line where `inside(point)` ≥ 0, a linear function.
template <class Inside>
Polygon half(const Polygon& polygon, const Inside& inside) {
  Polygon result;
  for (size_t i = 0; i < polygon.size(); ++i) {
    const Point &a = polygon[i], &b = polygon[(i + 1) % polygon.size()];
    const double at_a = inside(a), at_b = inside(b);
    if (at_a >= 0) result.push_back(a);
    if ((at_a >= 0) == (at_b >= 0)) continue;
    const double part = at_a / (at_a - at_b);
    result.push_back({a.x + part * (b.x - a.x), a.y + part * (b.y - a.y)});
  }
  return result;
}

}  // namespace

PolygonMask PolygonMask::from(const State& list) {
  if (!list.is_sequence()) throw Error("a mask is a list of polygons, not " + list.kind_name());
  std::vector<Polygon> polygons;
  for (const State& item : list.items()) polygons.push_back(polygon_of(item));
  return PolygonMask(std::move(polygons));
}

State PolygonMask::to_state() const {
  State list = State::list();
  for (const Polygon& polygon : polygons_) {
    at::Tensor points = at::detail::empty_cpu({static_cast<int64_t>(polygon.size()), 2}, at::kFloat);
    auto* out = points.mutable_data_ptr<float>();
    for (const Point& point : polygon) {
      *out++ = static_cast<float>(point.x);
      *out++ = static_cast<float>(point.y);
    }
    list.push_back(std::move(points));
  }
  return list;
}

Rle PolygonMask::rasterize(int64_t height, int64_t width) const {
  std::vector<Rle> parts{Rle(height, width)};
  for (const Polygon& polygon : polygons_)
    if (polygon.size() >= 3) parts.push_back(filled(polygon, height, width));
  if (parts.size() == 2) return parts[1];
  return Rle::unite(parts);
}

double PolygonMask::area() const {
  double area = 0;
  for (const Polygon& polygon : polygons_) area += std::abs(signed_area(polygon));
  return area;
}

std::array<double, 4> PolygonMask::box() const {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  std::array<double, 4> box = {kFar, kFar, -kFar, -kFar};
  for (const Polygon& polygon : polygons_)
    for (const Point& point : polygon)
      box = {std::min(box[0], point.x), std::min(box[1], point.y), std::max(box[2], point.x),
             std::max(box[3], point.y)};
  return box[0] > box[2] ? std::array<double, 4>{0, 0, 0, 0} : box;
}

PolygonMask PolygonMask::clipped(double width, double height) const {
  PolygonMask result;
  for (const Polygon& polygon : polygons_) {
    Polygon part = half(polygon, [](const Point& p) { return p.x; });
    part = half(part, [](const Point& p) { return p.y; });
    part = half(part, [&](const Point& p) { return width - p.x; });
    part = half(part, [&](const Point& p) { return height - p.y; });
    if (part.size() >= 3 && signed_area(part) != 0) result.polygons_.push_back(std::move(part));
  }
  return result;
}

}  // namespace millrace
