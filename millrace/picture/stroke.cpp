#include "millrace/picture/stroke.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "millrace/base/error.h"

namespace millrace {
namespace {

constexpr double kMiterLimit = 4;         // half widths from a corner to the tip of its join
constexpr double kShortest = 1e-9;        // stretch of a line that has a direction
constexpr int64_t kMostDashes = 1 << 20;  // of one line

/// Lengths of dash, gap, … in widths of the line: those of matplotlib.
std::span<const double> dashes_of(LineStyle style) {
  static constexpr double kDashed[] = {3.7, 1.6}, kDashdot[] = {6.4, 1.6, 1, 1.6}, kDotted[] = {1, 1.65};
  switch (style) {
    case LineStyle::dashed:
      return kDashed;
    case LineStyle::dashdot:
      return kDashdot;
    case LineStyle::dotted:
      return kDotted;
    case LineStyle::solid:
      break;
  }
  return {};
}

double distance(PixelPlace a, PixelPlace b) { return std::hypot(b.x - a.x, b.y - a.y); }
PixelPlace between(PixelPlace a, PixelPlace b, double t) { return {a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)}; }

/// Half a width to the left of the way from a to b.
PixelPlace across(PixelPlace a, PixelPlace b, double half) {
  const double length = distance(a, b);
  return {(b.y - a.y) / length * half, (a.x - b.x) / length * half};
}

void add_segment(Coverage& coverage, PixelPlace a, PixelPlace b, double half) {
  const PixelPlace n = across(a, b, half);
  coverage.add_turned({{a.x + n.x, a.y + n.y}, {b.x + n.x, b.y + n.y}, {b.x - n.x, b.y - n.y}, {a.x - n.x, a.y - n.y}});
}

/// The wedge that two segments leave open on the outer side of their corner.
void add_join(Coverage& coverage, PixelPlace before, PixelPlace corner, PixelPlace after, double half) {
  PixelPlace m = across(before, corner, half), n = across(corner, after, half);
  const double turn = m.x * n.y - m.y * n.x;
  if (turn < 0) m = {-m.x, -m.y}, n = {-n.x, -n.y};  // the outer side
  std::vector<PixelPlace> wedge{corner, {corner.x + m.x, corner.y + m.y}};
  const double cosine = (m.x * n.x + m.y * n.y) / (half * half);
  if (const double scale = 1 / (1 + cosine); std::isfinite(scale) && 2 * scale <= kMiterLimit * kMiterLimit)
    wedge.push_back({corner.x + scale * (m.x + n.x), corner.y + scale * (m.y + n.y)});
  wedge.push_back({corner.x + n.x, corner.y + n.y});
  coverage.add_turned(std::move(wedge));
}

void add_dashed(Coverage& coverage, const std::vector<PixelPlace>& points, std::span<const double> dashes,
                double width) {
  size_t dash = 0;
  double left = dashes[0] * width;  // of the dash or gap that goes on
  int64_t count = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    const double length = distance(points[i - 1], points[i]);
    for (double from = 0; from < length;) {
      const double to = std::min(from + left, length);
      if (dash % 2 == 0 && to - from > kShortest)
        add_segment(coverage, between(points[i - 1], points[i], from / length),
                    between(points[i - 1], points[i], to / length), width / 2);
      left -= to - from;
      if (left <= kShortest) dash = (dash + 1) % dashes.size(), left = dashes[dash] * width;
      if (++count > kMostDashes)
        throw Error("a dashed line is too long for its width").note("a solid line has no dashes");
      from = to;
    }
  }
}

}  // namespace

void add_stroke(Coverage& coverage, std::vector<PixelPlace> points, bool is_closed, double width, LineStyle style) {
  if (is_closed && !points.empty()) points.push_back(points.front());
  points.erase(
      std::unique(points.begin(), points.end(), [](PixelPlace a, PixelPlace b) { return distance(a, b) < kShortest; }),
      points.end());
  if (points.size() < 2) return;
  if (style != LineStyle::solid) return add_dashed(coverage, points, dashes_of(style), width);
  for (size_t i = 1; i < points.size(); ++i) add_segment(coverage, points[i - 1], points[i], width / 2);
  for (size_t i = 1; i + 1 < points.size(); ++i) add_join(coverage, points[i - 1], points[i], points[i + 1], width / 2);
  if (is_closed && points.size() > 2) add_join(coverage, points[points.size() - 2], points[0], points[1], width / 2);
}

}  // namespace millrace
