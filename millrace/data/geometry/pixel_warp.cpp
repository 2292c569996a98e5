#include "millrace/data/geometry/pixel_warp.h"

#include <ATen/EmptyTensor.h>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/data/geometry/pixel_copy.h"
#include "millrace/data/imaging.h"

namespace millrace {

namespace {

using Matrix = PointMap::Matrix;

/// The same map for the indices of pixels, whose centres are half a pixel further.
Matrix of_indices(const Matrix& m) {
  // T(-1/2) · m · T(1/2)
  Matrix right = m;
  for (size_t row = 0; row < 9; row += 3) right[row + 2] += (m[row] + m[row + 1]) / 2;
  Matrix result = right;
  for (size_t column = 0; column < 3; ++column) {
    result[column] -= right[6 + column] / 2;
    result[3 + column] -= right[6 + column] / 2;
  }
  return result;
}

Error no_inverse() { return Error("a warp needs a matrix that has an inverse"); }

bool is_affine(const Matrix& m) { return m[6] == 0 && m[7] == 0 && m[8] == 1; }

void check_inverse(const Matrix& m) {
  const double determinant =
      m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
  if (!std::isfinite(determinant) || determinant == 0) throw no_inverse();
}

/// As cv::warpAffine inverts it.
Matrix affine_inverse(const Matrix& m) {
  const double d = 1 / (m[0] * m[4] - m[1] * m[3]);
  const double a = m[4] * d, b = m[1] * -d, c = m[3] * -d, e = m[0] * d;
  return {a, b, -a * m[2] - b * m[5], c, e, -c * m[2] - e * m[5], 0, 0, 1};
}

/// As cv::invert does.
Matrix projective_inverse(const Matrix& m) {
  const double d = 1 / (m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
                        m[2] * (m[3] * m[7] - m[4] * m[6]));
  return {(m[4] * m[8] - m[5] * m[7]) * d, (m[2] * m[7] - m[1] * m[8]) * d, (m[1] * m[5] - m[2] * m[4]) * d,
          (m[5] * m[6] - m[3] * m[8]) * d, (m[0] * m[8] - m[2] * m[6]) * d, (m[2] * m[3] - m[0] * m[5]) * d,
          (m[3] * m[7] - m[4] * m[6]) * d, (m[1] * m[6] - m[0] * m[7]) * d, (m[0] * m[4] - m[1] * m[3]) * d};
}

int64_t rounded_coordinate(double value) {
  constexpr double kFar = std::numeric_limits<int32_t>::max();
  return std::lrint(std::clamp(std::isnan(value) ? -kFar : value, -kFar, kFar));
}

/// The pixel of an input (as an index) that each pixel of the output takes, -1 beyond it; as OpenCV picks them.
std::vector<int64_t> nearest_places(const Warp& warp, int64_t height, int64_t width) {
  const Matrix forward = of_indices(warp.matrix);
  check_inverse(forward);
  std::vector<int64_t> places;
  places.reserve(static_cast<size_t>(warp.to.height * warp.to.width));
  const auto take = [&](int64_t x, int64_t y) {
    places.push_back(x >= 0 && y >= 0 && x < width && y < height ? y * width + x : -1);
  };
  if (is_affine(forward)) {
    // In steps of 1/1024 of a pixel; rows and columns are rounded each for itself.
    constexpr int64_t kSteps = 1024;
    const Matrix m = affine_inverse(forward);
    const auto steps = [](double value) { return rounded_coordinate(value * kSteps); };
    std::vector<std::pair<int64_t, int64_t>> columns;
    for (int64_t x = 0; x < warp.to.width; ++x)
      columns.emplace_back(steps(m[0] * static_cast<double>(x)), steps(m[3] * static_cast<double>(x)));
    for (int64_t y = 0; y < warp.to.height; ++y) {
      const int64_t row_x = steps(m[1] * static_cast<double>(y) + m[2]) + kSteps / 2;
      const int64_t row_y = steps(m[4] * static_cast<double>(y) + m[5]) + kSteps / 2;
      for (const auto& [x, y_of] : columns) take((row_x + x) >> 10, (row_y + y_of) >> 10);
    }
    return places;
  }
  const Matrix m = projective_inverse(forward);
  for (int64_t row = 0; row < warp.to.height; ++row)
    for (int64_t column = 0; column < warp.to.width; ++column) {
      const auto x = static_cast<double>(column), y = static_cast<double>(row);
      const double w = m[6] * x + m[7] * y + m[8], inverse = w != 0 ? 1 / w : 0;
      take(rounded_coordinate((m[0] * x + m[1] * y + m[2]) * inverse),
           rounded_coordinate((m[3] * x + m[4] * y + m[5]) * inverse));
    }
  return places;
}

template <size_t N>
void gather(const char* from, char* to, const std::vector<int64_t>& places, const char* fill) {
  for (const int64_t place : places) {
    std::memcpy(to, place < 0 ? fill : from + place * static_cast<int64_t>(N), N);
    to += N;
  }
}

void gather(const char* from, char* to, const std::vector<int64_t>& places, const char* fill, int64_t pixel_bytes) {
  switch (pixel_bytes) {
    case 1:
      return gather<1>(from, to, places, fill);
    case 3:
      return gather<3>(from, to, places, fill);
    case 4:
      return gather<4>(from, to, places, fill);
    case 8:
      return gather<8>(from, to, places, fill);
    default:
      for (const int64_t place : places) {
        std::memcpy(to, place < 0 ? fill : from + place * pixel_bytes, static_cast<size_t>(pixel_bytes));
        to += pixel_bytes;
      }
  }
}

at::Tensor nearest_of(const at::Tensor& given, const Warp& warp, std::span<const double> fill) {
  check_is_image(given);
  const at::Tensor map = given.contiguous();
  c10::SmallVector<int64_t, 3> sizes{warp.to.height, warp.to.width};
  if (map.dim() == 3) sizes.push_back(map.size(2));
  at::Tensor out = at::detail::empty_cpu(sizes, map.scalar_type());
  const c10::SmallVector<char, 32> pixel = fill_pixel(map, fill);
  gather(static_cast<const char*>(map.const_data_ptr()), static_cast<char*>(out.mutable_data_ptr()),
         nearest_places(warp, map.size(0), map.size(1)), pixel.data(), static_cast<int64_t>(pixel.size()));
  return out;
}

}  // namespace

at::Tensor warped(const at::Tensor& image, const Warp& warp, std::span<const double> fill) {
  if (warp.interpolation == Interpolation::nearest) return nearest_of(image, warp, fill);
  const Matrix matrix = of_indices(warp.matrix);
  check_inverse(matrix);
  return imaging().warped(image, matrix, warp.to.height, warp.to.width, warp.interpolation, fill);
}

at::Tensor nearest_warped(const at::Tensor& map, const Warp& warp, double fill) {
  return nearest_of(map, warp, {&fill, 1});
}

at::Tensor nearest_warped_bitmaps(const at::Tensor& given, const Warp& warp) {
  MILLRACE_ASSERT(given.is_cpu() && given.dim() == 3 && given.element_size() == 1, "form_of_masks() looked at them");
  const at::Tensor bitmaps = given.contiguous();
  at::Tensor out = at::detail::empty_cpu({bitmaps.size(0), warp.to.height, warp.to.width}, bitmaps.scalar_type());
  const std::vector<int64_t> places = nearest_places(warp, bitmaps.size(1), bitmaps.size(2));
  const int64_t in_bytes = bitmaps.size(1) * bitmaps.size(2), out_bytes = warp.to.height * warp.to.width;
  constexpr char kUnset = 0;
  for (int64_t i = 0; i < bitmaps.size(0); ++i)
    gather<1>(static_cast<const char*>(bitmaps.const_data_ptr()) + i * in_bytes,
              static_cast<char*>(out.mutable_data_ptr()) + i * out_bytes, places, &kUnset);
  return out;
}

void warp_vectors_(const at::Tensor& flow, const Warp& warp) {
  const PointMap forward(warp.matrix);
  const PointMap back(is_affine(warp.matrix) ? affine_inverse(warp.matrix) : projective_inverse(warp.matrix));
  auto* vector = flow.mutable_data_ptr<float>();
  for (int64_t y = 0; y < flow.size(0); ++y)
    for (int64_t x = 0; x < flow.size(1); ++x, vector += 2) {
      if (vector[0] == 0 && vector[1] == 0) continue;
      const Point end{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
      const Point begin = back(end), moved = forward({begin.x + vector[0], begin.y + vector[1]});
      vector[0] = static_cast<float>(moved.x - end.x);
      vector[1] = static_cast<float>(moved.y - end.y);
    }
}

}  // namespace millrace
