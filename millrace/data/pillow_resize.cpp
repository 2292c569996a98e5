#include "millrace/data/pillow_resize.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "millrace/data/geometry/pixel_copy.h"

namespace millrace {

namespace {

constexpr int kWeightBits = 22;

/// A filter: its weight at a distance in output pixels, and how far it reaches.
struct PillowFilter {
  double (*weight)(double);
  double reach;
};

double sinc(double x) { return x == 0 ? 1.0 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi); }

double box_weight(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }
double triangle_weight(double x) { return std::max(1 - std::abs(x), 0.0); }
double hamming_weight(double x) {
  return std::abs(x) >= 1 ? 0.0 : sinc(x) * (0.54 + 0.46 * std::cos(x * std::numbers::pi));
}
/// Keys 1981, "Cubic convolution interpolation for digital image processing", with a = -1/2.
double cubic_weight(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0.0;
}
double lanczos_weight(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0.0; }

PillowFilter filter_of(Interpolation way) {
  switch (way) {
    case Interpolation::box:
      return {box_weight, 0.5};
    case Interpolation::bilinear:
      return {triangle_weight, 1};
    case Interpolation::hamming:
      return {hamming_weight, 1};
    case Interpolation::bicubic:
      return {cubic_weight, 2};
    default:
      return {lanczos_weight, 3};
  }
}

/// For each place of an axis of the output that is shown, the places of the input that it is made of and their weights;
/// none where a filling is.
struct AxisWeights {
  struct Span {
    int64_t begin, count;
  };
  std::vector<Span> spans;
  std::vector<int32_t> weights;  // `stride` for each place
  int64_t stride = 0;

  AxisWeights(int64_t in, int64_t out, std::span<const int32_t> shown, const PillowFilter& filter) {
    const double scale = static_cast<double>(in) / static_cast<double>(out);
    const double widening = std::max(scale, 1.0);
    const double reach = filter.reach * widening;
    stride = static_cast<int64_t>(std::ceil(reach)) * 2 + 1;
    spans.reserve(shown.size());
    weights.resize(shown.size() * static_cast<size_t>(stride));
    std::vector<double> exact(static_cast<size_t>(stride));
    for (const int32_t place : shown) {
      if (place < 0) {
        spans.push_back({0, 0});
        continue;
      }
      const double center = (static_cast<double>(place) + 0.5) * scale;
      const int64_t begin = std::max<int64_t>(static_cast<int64_t>(center - reach + 0.5), 0);
      const int64_t count = std::min<int64_t>(static_cast<int64_t>(center + reach + 0.5), in) - begin;
      double sum = 0;
      for (int64_t i = 0; i < count; ++i) {
        exact[static_cast<size_t>(i)] =
            filter.weight((static_cast<double>(i + begin) - center + 0.5) * (1.0 / widening));
        sum += exact[static_cast<size_t>(i)];
      }
      int32_t* const own = weights.data() + static_cast<int64_t>(spans.size()) * stride;
      for (int64_t i = 0; i < count; ++i) {
        const double weight = (sum != 0 ? exact[static_cast<size_t>(i)] / sum : exact[static_cast<size_t>(i)]);
        own[i] = static_cast<int32_t>(weight * (1 << kWeightBits) + (weight < 0 ? -0.5 : 0.5));
      }
      spans.push_back({begin, count});
    }
  }
  const int32_t* of(int64_t place) const { return weights.data() + place * stride; }
};

uint8_t rounded_byte(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }

constexpr int32_t kHalf = 1 << (kWeightBits - 1);

template <int C>
void filter_row(const uint8_t* row, uint8_t* out, const AxisWeights& axis) {
  for (size_t x = 0; x < axis.spans.size(); ++x, out += C) {
    const auto [begin, count] = axis.spans[x];
    const int32_t* const weights = axis.of(static_cast<int64_t>(x));
    const uint8_t* pixel = row + begin * C;
    int32_t sums[C];
    std::fill_n(sums, C, kHalf);
    for (int64_t i = 0; i < count; ++i, pixel += C)
      for (int c = 0; c < C; ++c) sums[c] += pixel[c] * weights[i];
    for (int c = 0; c < C; ++c) out[c] = rounded_byte(sums[c]);
  }
}

void filter_row(const uint8_t* row, uint8_t* out, const AxisWeights& axis, int64_t channels) {
  if (channels == 1) return filter_row<1>(row, out, axis);
  if (channels == 3) return filter_row<3>(row, out, axis);
  if (channels == 4) return filter_row<4>(row, out, axis);
  for (size_t x = 0; x < axis.spans.size(); ++x)
    for (int64_t c = 0; c < channels; ++c) {
      const auto [begin, count] = axis.spans[x];
      int32_t sum = kHalf;
      for (int64_t i = 0; i < count; ++i) sum += row[(begin + i) * channels + c] * axis.of(static_cast<int64_t>(x))[i];
      *out++ = rounded_byte(sum);
    }
}

/// Some columns of one row of the output; a fixed number of them, which a compiler turns into vectors.
template <int N>
inline __attribute__((always_inline)) void filter_some_columns(const uint8_t* from, int64_t stride,
                                                               const int32_t* weights, int64_t count, uint8_t* out) {
  int32_t sums[N];
  for (int x = 0; x < N; ++x) sums[x] = kHalf;
  for (int64_t i = 0; i < count; ++i, from += stride)
    for (int x = 0; x < N; ++x) sums[x] += from[x] * weights[i];
  for (int x = 0; x < N; ++x) out[x] = rounded_byte(sums[x]);
}

// The baseline of x86-64 has no product of four integers, which makes this four times as fast (bench/data/loader).
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define MILLRACE_AVX2_CLONE __attribute__((target_clones("avx2", "default")))
#else
#define MILLRACE_AVX2_CLONE
#endif

MILLRACE_AVX2_CLONE
void filter_columns(const uint8_t* from, int64_t stride, const int32_t* weights, int64_t count, int64_t row_bytes,
                    uint8_t* out) {
  constexpr int64_t kChunk = 32;
  int64_t x = 0;
  for (; x + kChunk <= row_bytes; x += kChunk) filter_some_columns<kChunk>(from + x, stride, weights, count, out + x);
  for (; x < row_bytes; ++x) filter_some_columns<1>(from + x, stride, weights, count, out + x);
}

#undef MILLRACE_AVX2_CLONE

/// The rows of the input that a column of the output is made of, from the first to one behind the last.
std::pair<int64_t, int64_t> rows_needed(const AxisWeights& axis) {
  int64_t first = std::numeric_limits<int64_t>::max(), end = 0;
  for (const auto& [begin, count] : axis.spans) {
    if (count == 0) continue;
    first = std::min(first, begin);
    end = std::max(end, begin + count);
  }
  return {std::min(first, end), end};
}

/// Rows `first` to `end` of an image, in the columns of another width that are shown.
at::Tensor filtered_rows(const at::Tensor& given, int64_t first, int64_t end, int64_t to_width, const AxisMap& columns,
                         const PillowFilter& filter, std::span<const double> fill) {
  const int64_t channels = given.dim() == 3 ? given.size(2) : 1;
  const bool is_packed = given.stride(1) == channels && (channels == 1 || given.stride(2) == 1);
  const at::Tensor image = is_packed ? given : given.contiguous();
  c10::SmallVector<int64_t, 3> sizes{end - first, columns.size()};
  if (image.dim() == 3) sizes.push_back(channels);
  at::Tensor result = at::detail::empty_cpu(sizes, at::kByte);
  const AxisWeights axis(image.size(1), to_width, columns.sources(), filter);
  auto* out = result.mutable_data_ptr<uint8_t>();
  for (int64_t y = first; y < end; ++y, out += columns.size() * channels)
    filter_row(image.const_data_ptr<uint8_t>() + y * image.stride(0), out, axis, channels);
  fill_borders_(result, AxisMap(end - first), columns, fill);
  return result;
}

}  // namespace

std::vector<int64_t> pillow_nearest(int64_t in, int64_t out) {
  std::vector<int64_t> places;
  const double step = static_cast<double>(in) / static_cast<double>(out);
  double place = 0.5 * step;
  for (int64_t i = 0; i < out; ++i, place += step) places.push_back(std::min(static_cast<int64_t>(place), in - 1));
  return places;
}

at::Tensor pillow_resized(const at::Tensor& image, int64_t height, int64_t width, Interpolation way) {
  static constexpr double kNoFill[] = {0};
  constexpr int64_t kLongestEdge = 1 << 16;
  if (height < 1 || width < 1 || height > kLongestEdge || width > kLongestEdge)
    throw Error(fmt::format("an image can't be resized to {}x{}", width, height));
  return pillow_part(image, {height, width}, way, AxisMap(height), AxisMap(width), kNoFill);
}

at::Tensor pillow_part(const at::Tensor& given, const ImageSize& to, Interpolation way, const AxisMap& rows,
                       const AxisMap& columns, std::span<const double> fill) {
  if (!given.is_cpu() || given.dim() < 2 || given.dim() > 3 || given.scalar_type() != at::kByte || given.numel() == 0)
    throw Error("the backend 'pillow' resizes images (H, W) or (H, W, C) of uint8");
  const int64_t in_height = given.size(0), in_width = given.size(1);
  if (way == Interpolation::nearest)
    return remapped(given, AxisMap(in_height, pillow_nearest(in_height, to.height)).then(rows),
                    AxisMap(in_width, pillow_nearest(in_width, to.width)).then(columns), fill);
  const PillowFilter filter = filter_of(way);
  if (to.height == in_height && to.width == in_width) return remapped(given, rows, columns, fill);
  if (to.height == in_height) {
    const at::Tensor shown = remapped(given, rows, AxisMap(in_width), fill);
    return filtered_rows(shown, 0, rows.size(), to.width, columns, filter, fill);
  }
  const AxisWeights down(in_height, to.height, rows.sources(), filter);
  const auto [first, end] = rows_needed(down);
  const at::Tensor across = to.width == in_width
                                ? remapped(given.narrow(0, first, end - first), AxisMap(end - first), columns, fill)
                                : filtered_rows(given, first, end, to.width, columns, filter, fill);
  c10::SmallVector<int64_t, 3> sizes(across.sizes().begin(), across.sizes().end());
  sizes[0] = rows.size();
  at::Tensor result = at::detail::empty_cpu(sizes, at::kByte);
  const int64_t row_bytes = across.stride(0);
  const auto* const from = across.const_data_ptr<uint8_t>();
  auto* out = result.mutable_data_ptr<uint8_t>();
  for (size_t y = 0; y < down.spans.size(); ++y, out += row_bytes) {
    const auto [begin, count] = down.spans[y];
    if (count > 0)
      filter_columns(from + (begin - first) * row_bytes, row_bytes, down.of(static_cast<int64_t>(y)), count, row_bytes,
                     out);
  }
  fill_borders_(result, rows, columns, fill);
  return result;
}

}  // namespace millrace
