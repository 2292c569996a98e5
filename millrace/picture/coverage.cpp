#include "millrace/picture/coverage.h"

#include <algorithm>
#include <cmath>

#include "millrace/base/error.h"

namespace millrace {
namespace {

constexpr double kFurthest = 1e9;

}  // namespace

Coverage::Coverage(int64_t width, int64_t height)
    : width_(width), height_(height), changes_(static_cast<size_t>((width + 2) * height)), top_(height), bottom_(0) {}

void Coverage::add(std::span<const PixelPlace> corners) {
  for (const PixelPlace& corner : corners)
    if (!(std::abs(corner.x) <= kFurthest && std::abs(corner.y) <= kFurthest))
      throw Error("a place to draw at is not finite, or more than 1e9 pixels away");
  for (size_t i = 0; i < corners.size(); ++i) add_edge(corners[i], corners[(i + 1) % corners.size()]);
}

void Coverage::add_turned(std::vector<PixelPlace> corners) {
  double twice_area = 0;
  for (size_t i = 0; i < corners.size(); ++i) {
    const PixelPlace& a = corners[i];
    const PixelPlace& b = corners[(i + 1) % corners.size()];
    twice_area += a.x * b.y - b.x * a.y;
  }
  if (twice_area < 0) std::reverse(corners.begin(), corners.end());
  add(corners);
}

/// Cuts the edge at the borders of the picture. What is left of it counts at its left border, what is right of it
/// changes nothing within.
void Coverage::add_edge(PixelPlace from, PixelPlace to) {
  const auto bottom = static_cast<double>(height_), right = static_cast<double>(width_);
  const auto at_y = [&](double y) { return from.x + (to.x - from.x) * ((y - from.y) / (to.y - from.y)); };
  if (from.y == to.y || std::max(from.y, to.y) <= 0 || std::min(from.y, to.y) >= bottom) return;
  const PixelPlace first{from.y < 0        ? at_y(0)
                         : from.y > bottom ? at_y(bottom)
                                           : from.x,
                         std::clamp(from.y, 0.0, bottom)};
  const PixelPlace last{to.y < 0 ? at_y(0) : to.y > bottom ? at_y(bottom) : to.x, std::clamp(to.y, 0.0, bottom)};

  std::vector<double> cuts{0, 1};  // along first … last
  for (const double border : {0.0, right})
    if ((first.x < border) != (last.x < border)) cuts.push_back((border - first.x) / (last.x - first.x));
  std::sort(cuts.begin(), cuts.end());
  const auto along = [&](double t) {
    return PixelPlace{first.x + t * (last.x - first.x), first.y + t * (last.y - first.y)};
  };
  for (size_t i = 1; i < cuts.size(); ++i) {
    PixelPlace a = along(cuts[i - 1]), b = along(cuts[i]);
    a.x = std::clamp(a.x, 0.0, right), b.x = std::clamp(b.x, 0.0, right);
    add_piece(a, b);
  }
}

/// An edge within the picture: in each row it passes, the area to its right, by the trapezoids that it cuts off its
/// pixels.
void Coverage::add_piece(PixelPlace from, PixelPlace to) {
  if (from.y == to.y) return;
  const double sense = from.y < to.y ? 1 : -1;
  if (sense < 0) std::swap(from, to);
  const double slope = (to.x - from.x) / (to.y - from.y);
  const auto first = static_cast<int64_t>(from.y), end = std::min(height_, static_cast<int64_t>(std::ceil(to.y)));
  top_ = std::min(top_, first), bottom_ = std::max(bottom_, end);
  const auto right = static_cast<double>(width_);
  for (int64_t row = first; row < end; ++row) {
    const double y0 = std::max(from.y, static_cast<double>(row)), y1 = std::min(to.y, static_cast<double>(row + 1));
    if (y1 <= y0) continue;
    const double xa = std::clamp(from.x + slope * (y0 - from.y), 0.0, right);
    const double xb = std::clamp(from.x + slope * (y1 - from.y), 0.0, right);
    const double x0 = std::min(xa, xb), x1 = std::max(xa, xb), height = sense * (y1 - y0);
    float* const changes = changes_.data() + row * (width_ + 2);
    const auto left_pixel = static_cast<int64_t>(x0);
    const auto right_pixel = static_cast<int64_t>(x1);
    double done = 0;  // the part of `height` that is covered left of the pixel's right border, as a coverage
    for (int64_t pixel = left_pixel; pixel <= right_pixel; ++pixel) {
      // The mean over the pixel of what lies right of the edge: an integral over x of the share passed until x.
      const auto passed = [&](double x) {  // the integral from x0
        if (x <= x0) return 0.0;
        if (x >= x1) return (x - x1) + (x1 - x0) / 2;
        return (x - x0) * (x - x0) / (2 * (x1 - x0));
      };
      const double covered = height * (passed(static_cast<double>(pixel + 1)) - passed(static_cast<double>(pixel)));
      changes[pixel] += static_cast<float>(covered - done);
      done = covered;
    }
    changes[right_pixel + 1] += static_cast<float>(height - done);
  }
}

double Coverage::at(int64_t x, int64_t y, double& sum) const {
  sum += static_cast<double>(changes_[static_cast<size_t>(y * (width_ + 2) + x)]);
  return std::min(std::abs(sum), 1.0);
}

void Coverage::paint(RgbImage& image, Rgb colour, double alpha) const {
  MILLRACE_ASSERT(image.width() == width_ && image.height() == height_, "coverage of another picture");
  const double target[3] = {static_cast<double>(colour.red), static_cast<double>(colour.green),
                            static_cast<double>(colour.blue)};
  for (int64_t y = top_; y < bottom_; ++y) {
    double sum = 0;
    uint8_t* pixel = image.bytes().data() + 3 * y * width_;
    for (int64_t x = 0; x < width_; ++x, pixel += 3) {
      const double share = alpha * at(x, y, sum);
      if (share < 1e-4) continue;  // also what rounding leaves behind a shape
      for (int c = 0; c < 3; ++c)
        pixel[c] = static_cast<uint8_t>(std::lround(pixel[c] + share * (target[c] - pixel[c])));
    }
  }
}

void Coverage::clear() {
  if (top_ < bottom_) std::fill(changes_.begin() + top_ * (width_ + 2), changes_.begin() + bottom_ * (width_ + 2), 0.F);
  top_ = height_, bottom_ = 0;
}

double Coverage::area() const {
  double area = 0;
  for (int64_t y = top_; y < bottom_; ++y) {
    double sum = 0;
    for (int64_t x = 0; x < width_; ++x) area += at(x, y, sum);
  }
  return area;
}

}  // namespace millrace
