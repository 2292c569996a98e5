#include "millrace/data/image_window.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "millrace/base/error.h"

namespace millrace {

namespace {

/// The place within 0 … size-1 that a place beyond it shows.
int64_t folded(int64_t place, int64_t size, PaddingMode mode) {
  if (mode == PaddingMode::edge || size == 1) return std::clamp<int64_t>(place, 0, size - 1);
  const bool reflect = mode == PaddingMode::reflect;
  const int64_t period = reflect ? 2 * size - 2 : 2 * size;
  place = (place % period + period) % period;
  return place < size ? place : reflect ? period - place : period - 1 - place;
}

/// The longest run of places whose sources go up or down by one: what is copied a row at a time.
struct Run {
  size_t begin = 0, end = 0;
  int32_t step = 1;
  size_t size() const { return end - begin; }
};
Run longest_run(std::span<const int32_t> sources, int32_t step) {
  Run best{0, 0, step};
  for (size_t begin = 0; begin < sources.size();) {
    size_t end = begin + 1;
    if (sources[begin] >= 0)
      while (end < sources.size() && sources[end] == sources[end - 1] + step && sources[end] >= 0) ++end;
    if (sources[begin] >= 0 && end - begin > best.size()) best = {begin, end, step};
    begin = end;
  }
  return best;
}
Run longest_run(std::span<const int32_t> sources) {
  const Run up = longest_run(sources, 1);
  if (2 * up.size() >= sources.size()) return up;
  const Run down = longest_run(sources, -1);
  return down.size() > up.size() ? down : up;
}

/// One pixel that is copied as a whole.
template <size_t N>
struct Pixel {
  char bytes[N];
};

struct Plane {
  const char* from;
  char* to;
  int64_t row_bytes;  // of the input
  size_t pixel_bytes;
  const char* fill;  // one pixel
};

template <size_t N>
void copy_pixels(const char* row, char* out, std::span<const int32_t> sources, const char* fill) {
  const auto* const from = reinterpret_cast<const Pixel<N>*>(row);
  auto* const to = reinterpret_cast<Pixel<N>*>(out);
  const Pixel<N> blank = *reinterpret_cast<const Pixel<N>*>(fill);
  for (size_t x = 0; x < sources.size(); ++x) to[x] = sources[x] < 0 ? blank : from[sources[x]];
}

template <size_t N>
void reverse_pixels(const char* row, char* out, size_t count) {
  const auto* const from = reinterpret_cast<const Pixel<N>*>(row);
  auto* const to = reinterpret_cast<Pixel<N>*>(out);
  for (size_t x = 0; x < count; ++x) to[x] = from[count - 1 - x];
}

template <>
void reverse_pixels<1>(const char* row, char* out, size_t count) {
  size_t x = 0;
  for (; x + 8 <= count; x += 8) {
    uint64_t eight;
    std::memcpy(&eight, row + count - 8 - x, 8);
    eight = __builtin_bswap64(eight);
    std::memcpy(out + x, &eight, 8);
  }
  for (; x < count; ++x) out[x] = row[count - 1 - x];
}

void copy_pixels(const Plane& plane, const char* row, char* out, std::span<const int32_t> sources) {
  switch (plane.pixel_bytes) {
    case 1:
      return copy_pixels<1>(row, out, sources, plane.fill);
    case 2:
      return copy_pixels<2>(row, out, sources, plane.fill);
    case 3:
      return copy_pixels<3>(row, out, sources, plane.fill);
    case 4:
      return copy_pixels<4>(row, out, sources, plane.fill);
    case 8:
      return copy_pixels<8>(row, out, sources, plane.fill);
    case 12:
      return copy_pixels<12>(row, out, sources, plane.fill);
    default:
      for (size_t x = 0; x < sources.size(); ++x, out += plane.pixel_bytes)
        std::memcpy(out, sources[x] < 0 ? plane.fill : row + static_cast<size_t>(sources[x]) * plane.pixel_bytes,
                    plane.pixel_bytes);
  }
}

void copy_run(const Plane& plane, const char* row, char* out, std::span<const int32_t> sources, const Run& run) {
  if (run.size() == 0) return;
  out += run.begin * plane.pixel_bytes;
  const int32_t first = run.step > 0 ? sources[run.begin] : sources[run.end - 1];
  const char* const from = row + static_cast<size_t>(first) * plane.pixel_bytes;
  if (run.step > 0) {
    std::memcpy(out, from, run.size() * plane.pixel_bytes);
    return;
  }
  switch (plane.pixel_bytes) {
    case 1:
      return reverse_pixels<1>(from, out, run.size());
    case 3:
      return reverse_pixels<3>(from, out, run.size());
    case 4:
      return reverse_pixels<4>(from, out, run.size());
    default:
      copy_pixels(plane, row, out, sources.subspan(run.begin, run.size()));
  }
}

void copy_rows(Plane plane, std::span<const int32_t> rows, std::span<const int32_t> columns) {
  const Run run = longest_run(columns);
  const size_t out_bytes = columns.size() * plane.pixel_bytes;
  for (const int32_t y : rows) {
    if (y < 0) {
      for (size_t x = 0; x < columns.size(); ++x)
        std::memcpy(plane.to + x * plane.pixel_bytes, plane.fill, plane.pixel_bytes);
    } else {
      const char* const row = plane.from + y * plane.row_bytes;
      copy_pixels(plane, row, plane.to, columns.subspan(0, run.begin));
      copy_run(plane, row, plane.to, columns, run);
      copy_pixels(plane, row, plane.to + run.end * plane.pixel_bytes, columns.subspan(run.end));
    }
    plane.to += out_bytes;
  }
}

template <class T>
void write_fill(std::span<const double> fill, size_t channels, c10::SmallVectorImpl<char>& pixel) {
  for (size_t c = 0; c < channels; ++c) {
    const T value = static_cast<T>(fill.size() == 1 ? fill[0] : fill[c]);
    const char* const bytes = reinterpret_cast<const char*>(&value);
    pixel.append(bytes, bytes + sizeof(T));
  }
}

void write_fill(at::ScalarType dtype, std::span<const double> fill, size_t channels,
                c10::SmallVectorImpl<char>& pixel) {
  if (fill.size() != 1 && fill.size() != channels)
    throw Error(fmt::format("{} numbers to pad with, for an image of {} channels", fill.size(), channels));
  switch (dtype) {
    case at::kByte:
      return write_fill<uint8_t>(fill, channels, pixel);
    case at::kChar:
      return write_fill<int8_t>(fill, channels, pixel);
    case at::kBool:
      return write_fill<bool>(fill, channels, pixel);
    case at::kShort:
      return write_fill<int16_t>(fill, channels, pixel);
    case at::kInt:
      return write_fill<int32_t>(fill, channels, pixel);
    case at::kLong:
      return write_fill<int64_t>(fill, channels, pixel);
    case at::kFloat:
      return write_fill<float>(fill, channels, pixel);
    case at::kDouble:
      return write_fill<double>(fill, channels, pixel);
    default:
      throw Error(fmt::format("an image of dtype {} can't be padded", c10::toString(dtype)));
  }
}

}  // namespace

AxisMap::AxisMap(int64_t size) : sources_(static_cast<size_t>(size)) { std::iota(sources_.begin(), sources_.end(), 0); }

AxisMap AxisMap::padded(int64_t before, int64_t after, PaddingMode mode) const {
  AxisMap map;
  map.sources_.reserve(static_cast<size_t>(before + size() + after));
  const auto add_border = [&](int64_t begin, int64_t end) {
    if (mode == PaddingMode::constant || size() == 0) return map.sources_.append(static_cast<size_t>(end - begin), -1);
    for (int64_t place = begin; place < end; ++place)
      map.sources_.push_back(sources_[static_cast<size_t>(folded(place, size(), mode))]);
  };
  add_border(-before, 0);
  map.sources_.append(sources_.begin(), sources_.end());
  add_border(size(), size() + after);
  return map;
}

AxisMap AxisMap::window(int64_t begin, int64_t size) const {
  AxisMap map;
  map.sources_.append(sources_.begin() + begin, sources_.begin() + begin + size);
  return map;
}

AxisMap AxisMap::mirrored() const {
  AxisMap map;
  map.sources_.append(sources_.rbegin(), sources_.rend());
  return map;
}

at::Tensor remapped(const at::Tensor& image, const AxisMap& rows, const AxisMap& columns,
                    std::span<const double> fill) {
  if (!image.is_cpu() || (image.dim() != 2 && image.dim() != 3))
    throw Error(fmt::format("an image has the shape (H, W) or (H, W, C), not {} dimensions", image.dim()));
  const at::Tensor source = image.contiguous();
  c10::SmallVector<int64_t, 3> sizes{rows.size(), columns.size()};
  if (image.dim() == 3) sizes.push_back(image.size(2));
  at::Tensor out = at::detail::empty_cpu(sizes, image.scalar_type());
  const auto channels = static_cast<size_t>(image.dim() == 3 ? image.size(2) : 1);
  c10::SmallVector<char, 32> pixel;
  write_fill(image.scalar_type(), fill, channels, pixel);
  if (out.numel() == 0) return out;
  copy_rows({static_cast<const char*>(source.const_data_ptr()), static_cast<char*>(out.mutable_data_ptr()),
             source.stride(0) * source.element_size(), pixel.size(), pixel.data()},
            rows.sources(), columns.sources());
  return out;
}

}  // namespace millrace
