#include "millrace/data/geometry/pixel_copy.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#ifdef __x86_64__
#include <tmmintrin.h>
#endif

#include <algorithm>
#include <cstring>

#include "millrace/base/error.h"

namespace millrace {

namespace {

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

#ifdef __x86_64__
/// Five pixels at a time; returns how many were done. A register holds one byte more: what lies before the five in the
/// input is written behind them, where the next pixel comes.
__attribute__((target("ssse3"))) size_t reverse_fives(const char* row, char* out, size_t count) {
  const __m128i order = _mm_setr_epi8(13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, 0);
  size_t x = 0;
  for (; x + 5 < count; x += 5) {
    const __m128i five = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + 3 * (count - 5 - x) - 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 3 * x), _mm_shuffle_epi8(five, order));
  }
  return x;
}
#endif

template <>
void reverse_pixels<3>(const char* row, char* out, size_t count) {
  size_t x = 0;
#ifdef __x86_64__
  static const bool has_shuffle = __builtin_cpu_supports("ssse3");
  if (has_shuffle) x = reverse_fives(row, out, count);
#endif
  for (; x < count; ++x) std::memcpy(out + 3 * x, row + 3 * (count - 1 - x), 3);
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

bool is_filling(std::span<const int32_t> sources) {
  return std::all_of(sources.begin(), sources.end(), [](int32_t place) { return place < 0; });
}

/// Rows of pixels for copy_rows(): a run of them as a whole, and what is beside it from a row of the filling, or, where a
/// padding repeats pixels, one by one.
class RowCopier {
 public:
  RowCopier(const Plane& plane, std::span<const int32_t> columns)
      : plane_(plane),
        columns_(columns),
        run_(longest_run(columns)),
        before_(columns.subspan(0, run_.begin)),
        after_(columns.subspan(run_.end)),
        is_filled_before_(is_filling(before_)),
        is_filled_after_(is_filling(after_)),
        filling_(columns.size() * plane.pixel_bytes) {
    std::memcpy(filling_.data(), plane.fill, std::min(plane.pixel_bytes, filling_.size()));
    for (size_t done = plane.pixel_bytes; done < filling_.size(); done *= 2)
      std::memcpy(filling_.data() + done, filling_.data(), std::min(done, filling_.size() - done));
  }

  /// Row y of the input, -1 for one of the filling.
  void copy(int32_t y, char* out) const {
    if (y < 0) {
      std::memcpy(out, filling_.data(), filling_.size());
      return;
    }
    const char* const row = plane_.from + y * plane_.row_bytes;
    copy_border(row, out, before_, is_filled_before_);
    copy_run(plane_, row, out, columns_, run_);
    copy_border(row, out + run_.end * plane_.pixel_bytes, after_, is_filled_after_);
  }
  size_t row_bytes() const { return filling_.size(); }

 private:
  void copy_border(const char* row, char* out, std::span<const int32_t> sources, bool is_filled) const {
    if (sources.empty()) return;
    if (is_filled) std::memcpy(out, filling_.data(), sources.size() * plane_.pixel_bytes);
    else copy_pixels(plane_, row, out, sources);
  }

  const Plane& plane_;
  std::span<const int32_t> columns_;
  Run run_;
  std::span<const int32_t> before_, after_;
  bool is_filled_before_, is_filled_after_;
  c10::SmallVector<char, 256> filling_;
};

void copy_rows(const Plane& plane, std::span<const int32_t> rows, std::span<const int32_t> columns) {
  const RowCopier copier(plane, columns);
  char* out = plane.to;
  for (const int32_t y : rows) {
    copier.copy(y, out);
    out += copier.row_bytes();
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

}  // namespace

void check_is_image(const at::Tensor& image) {
  if (!image.is_cpu() || (image.dim() != 2 && image.dim() != 3))
    throw Error(fmt::format("an image has the shape (H, W) or (H, W, C), on the CPU, not ({}) on {}",
                            fmt::join(image.sizes(), ", "), image.device().str()));
}

void check_fill(const at::Tensor& image, std::span<const double> fill) {
  const auto channels = static_cast<size_t>(image.dim() == 3 ? image.size(2) : 1);
  if (fill.size() != 1 && fill.size() != channels)
    throw Error(fmt::format("{} numbers to fill in, for an image of {} channels", fill.size(), channels));
}

c10::SmallVector<char, 32> fill_pixel(const at::Tensor& image, std::span<const double> fill) {
  check_fill(image, fill);
  const auto channels = static_cast<size_t>(image.dim() == 3 ? image.size(2) : 1);
  c10::SmallVector<char, 32> pixel;
  switch (image.scalar_type()) {
    case at::kByte:
      write_fill<uint8_t>(fill, channels, pixel);
      break;
    case at::kChar:
      write_fill<int8_t>(fill, channels, pixel);
      break;
    case at::kBool:
      write_fill<bool>(fill, channels, pixel);
      break;
    case at::kShort:
      write_fill<int16_t>(fill, channels, pixel);
      break;
    case at::kUInt16:
      write_fill<uint16_t>(fill, channels, pixel);
      break;
    case at::kInt:
      write_fill<int32_t>(fill, channels, pixel);
      break;
    case at::kLong:
      write_fill<int64_t>(fill, channels, pixel);
      break;
    case at::kFloat:
      write_fill<float>(fill, channels, pixel);
      break;
    case at::kDouble:
      write_fill<double>(fill, channels, pixel);
      break;
    default:
      throw Error(fmt::format("an image of dtype {} can't be padded", c10::toString(image.scalar_type())));
  }
  return pixel;
}

at::Tensor remapped(const at::Tensor& image, const AxisMap& rows, const AxisMap& columns,
                    std::span<const double> fill) {
  check_is_image(image);
  const int64_t channels = image.dim() == 3 ? image.size(2) : 1;
  const bool is_packed = image.stride(1) == channels && (image.dim() == 2 || channels == 1 || image.stride(2) == 1);
  const at::Tensor source = is_packed ? image : image.contiguous();
  c10::SmallVector<int64_t, 3> sizes{rows.size(), columns.size()};
  if (image.dim() == 3) sizes.push_back(image.size(2));
  at::Tensor out = at::detail::empty_cpu(sizes, image.scalar_type());
  const c10::SmallVector<char, 32> pixel = fill_pixel(image, fill);
  if (out.numel() == 0) return out;
  copy_rows({static_cast<const char*>(source.const_data_ptr()), static_cast<char*>(out.mutable_data_ptr()),
             source.stride(0) * source.element_size(), pixel.size(), pixel.data()},
            rows.sources(), columns.sources());
  return out;
}

void fill_borders_(const at::Tensor& image, const AxisMap& rows, const AxisMap& columns, std::span<const double> fill) {
  const c10::SmallVector<char, 32> pixel = fill_pixel(image, fill);
  if (!rows.has_fill() && !columns.has_fill()) return;
  char* out = static_cast<char*>(image.mutable_data_ptr());
  const auto row_sources = rows.sources(), column_sources = columns.sources();
  for (const int32_t row : row_sources)
    for (const int32_t column : column_sources) {
      if (row < 0 || column < 0) std::memcpy(out, pixel.data(), pixel.size());
      out += pixel.size();
    }
}

at::Tensor remapped_bitmaps(const at::Tensor& bitmaps, const AxisMap& rows, const AxisMap& columns) {
  MILLRACE_ASSERT(bitmaps.is_cpu() && bitmaps.dim() == 3 && bitmaps.element_size() == 1,
                  "form_of_masks() looked at them");
  const at::Tensor source = bitmaps.contiguous();
  at::Tensor out = at::detail::empty_cpu({bitmaps.size(0), rows.size(), columns.size()}, bitmaps.scalar_type());
  if (out.numel() == 0) return out;
  const auto inner = [](const AxisMap& map) {  // what a padding repeats of an image is no instance
    auto sources = map.sources();
    std::fill(sources.begin(), sources.begin() + map.inner_begin(), -1);
    std::fill(sources.begin() + map.inner_end(), sources.end(), -1);
    return sources;
  };
  const auto inner_rows = inner(rows), inner_columns = inner(columns);
  constexpr char kUnset = 0;
  const int64_t in_bytes = source.size(1) * source.size(2), out_bytes = rows.size() * columns.size();
  for (int64_t i = 0; i < bitmaps.size(0); ++i)
    copy_rows({static_cast<const char*>(source.const_data_ptr()) + i * in_bytes,
               static_cast<char*>(out.mutable_data_ptr()) + i * out_bytes, source.size(2), 1, &kUnset},
              {inner_rows.data(), inner_rows.size()}, {inner_columns.data(), inner_columns.size()});
  return out;
}

}  // namespace millrace
