#include "millrace/data/geometry/bilinear_part.h"

#include <ATen/EmptyTensor.h>

#ifdef __x86_64__
#include <tmmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "millrace/data/geometry/pixel_copy.h"

namespace millrace {

namespace {

constexpr int kBilinearBits = 11;
constexpr int32_t kBilinearOne = 1 << kBilinearBits;

/// Two neighbouring places of the input and their weights. Along a row both places are within it.
struct BilinearPair {
  int32_t first, second;
  int16_t first_weight, second_weight;
};

/// For each place of an axis of the output that is shown; the first place is -1 where the filling is.
std::vector<BilinearPair> bilinear_pairs(int64_t in, int64_t out, const AxisMap& shown, bool is_row) {
  const double step = 1.0 / (static_cast<double>(out) / static_cast<double>(in));
  const auto last = static_cast<int32_t>(in - 1);
  std::vector<BilinearPair> pairs;
  pairs.reserve(static_cast<size_t>(shown.size()));
  for (const int32_t place : shown.sources()) {
    if (place < 0) {
      pairs.push_back({-1, -1, 0, 0});
      continue;
    }
    auto part = static_cast<float>((place + 0.5) * step - 0.5);
    auto first = static_cast<int32_t>(std::floor(part));
    part -= static_cast<float>(first);
    if (is_row) {  // OpenCV changes the weights at both ends of a row, and the places at both ends of a column
      if (first < 0) first = 0, part = 0;
      if (first >= last) first = last, part = 0;
    }
    const auto weight = [](float value) { return static_cast<int16_t>(std::lrint(value * kBilinearOne)); };
    pairs.push_back({std::clamp(first, 0, last), std::clamp(first + 1, 0, last), weight(1.0F - part), weight(part)});
  }
  return pairs;
}

/// The sum of two bytes and their weights, without its last four bits: what fits into 15.
int16_t blended(const uint8_t* row, int64_t channels, int64_t c, const BilinearPair& pair) {
  const int32_t sum =
      row[pair.first * channels + c] * pair.first_weight + row[pair.second * channels + c] * pair.second_weight;
  return static_cast<int16_t>(sum >> 4);
}

void blend_row(const uint8_t* row, int64_t channels, std::span<const BilinearPair> columns, size_t begin,
               int16_t* out) {
  out += static_cast<int64_t>(begin) * channels;
  for (size_t x = begin; x < columns.size(); ++x)
    for (int64_t c = 0; c < channels; ++c)
      *out++ = columns[x].first < 0 ? int16_t{0} : blended(row, channels, c, columns[x]);
}

void blend_columns(const int16_t* upper, const int16_t* lower, const BilinearPair& pair, int64_t begin, int64_t count,
                   uint8_t* out) {
  for (int64_t i = begin; i < count; ++i) {
    const int32_t sum = (upper[i] * pair.first_weight >> 16) + (lower[i] * pair.second_weight >> 16);
    out[i] = static_cast<uint8_t>(std::clamp((sum + 2) >> 2, 0, 255));
  }
}

#ifdef __x86_64__
/// Three channels: a pixel and its neighbour are six bytes in a row, which one shuffle and one product blend. `out` has
/// room for one pixel more. Returns how many columns were done: the last ones of the input can't be read eight bytes at
/// once.
__attribute__((target("ssse3"))) size_t blend_row_of_three(const uint8_t* row, int64_t width,
                                                           std::span<const BilinearPair> columns, int16_t* out) {
  const __m128i pairs = _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  for (size_t x = 0; x < columns.size(); ++x, out += 3) {
    const BilinearPair& pair = columns[x];
    if (pair.first < 0) {
      out[0] = out[1] = out[2] = 0;
    } else if (pair.first < width - 2) {
      const __m128i weights = _mm_set1_epi32(static_cast<int32_t>(static_cast<uint16_t>(pair.first_weight)) |
                                             static_cast<int32_t>(pair.second_weight) << 16);
      const __m128i bytes =
          _mm_shuffle_epi8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(row + 3 * int64_t{pair.first})), pairs);
      const __m128i sums = _mm_srai_epi32(_mm_madd_epi16(bytes, weights), 4);
      _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packs_epi32(sums, sums));
    } else {
      for (int64_t c = 0; c < 3; ++c) out[c] = blended(row, 3, c, pair);
    }
  }
  return columns.size();
}

/// Sixteen bytes at a time; returns how many were done.
int64_t blend_sixteens(const int16_t* upper, const int16_t* lower, const BilinearPair& pair, int64_t count,
                       uint8_t* out) {
  const __m128i first = _mm_set1_epi16(pair.first_weight), second = _mm_set1_epi16(pair.second_weight);
  const __m128i two = _mm_set1_epi16(2);
  const auto eight = [&](int64_t i) {
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(upper + i));
    const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lower + i));
    const __m128i sum = _mm_add_epi16(_mm_mulhi_epi16(a, first), _mm_mulhi_epi16(b, second));
    return _mm_srai_epi16(_mm_add_epi16(sum, two), 2);
  };
  int64_t done = 0;
  for (; done + 16 <= count; done += 16)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + done), _mm_packus_epi16(eight(done), eight(done + 8)));
  return done;
}
#endif

/// Rows of the input, blended along themselves; the last two that were asked for are kept.
class BlendedRows {
 public:
  BlendedRows(const at::Tensor& image, int64_t channels, std::span<const BilinearPair> columns)
      : image_(image), channels_(channels), columns_(columns) {
    for (auto& row : rows_) row.resize(columns.size() * static_cast<size_t>(channels) + 8);
  }

  /// Both hold until the next call.
  std::pair<const int16_t*, const int16_t*> of(int32_t upper, int32_t lower) {
    const size_t a = held_[0] == upper ? 0 : held_[1] == upper ? 1 : held_[0] == lower ? 1 : 0;
    blend(a, upper);
    if (lower == upper) return {rows_[a].data(), rows_[a].data()};
    blend(1 - a, lower);
    return {rows_[a].data(), rows_[1 - a].data()};
  }

 private:
  void blend(size_t slot, int32_t y) {
    if (held_[slot] == y) return;
    held_[slot] = y;
    const uint8_t* const row = static_cast<const uint8_t*>(image_.const_data_ptr()) + y * image_.stride(0);
    size_t done = 0;
#ifdef __x86_64__
    static const bool has_shuffle = __builtin_cpu_supports("ssse3");
    if (has_shuffle && channels_ == 3) done = blend_row_of_three(row, image_.size(1), columns_, rows_[slot].data());
#endif
    blend_row(row, channels_, columns_, done, rows_[slot].data());
  }

  const at::Tensor& image_;
  int64_t channels_;
  std::span<const BilinearPair> columns_;
  std::array<std::vector<int16_t>, 2> rows_;
  std::array<int32_t, 2> held_ = {-1, -1};
};

}  // namespace

bool has_bilinear_part(const at::Tensor& window, const Resampling& resampling) {
  const auto& from = resampling.from;
  return resampling.backend == ResizeBackend::cv2 && resampling.interpolation == Interpolation::bilinear &&
         window.scalar_type() == at::kByte && window.is_cpu() &&
         !(from.height == 2 * resampling.to.height && from.width == 2 * resampling.to.width);
}

at::Tensor bilinear_part(const at::Tensor& window, const ImageSize& to, const AxisMap& rows, const AxisMap& columns,
                         std::span<const double> fill) {
  const int64_t channels = window.dim() == 3 ? window.size(2) : 1;
  const bool is_packed = window.stride(1) == channels && (window.dim() == 2 || channels == 1 || window.stride(2) == 1);
  const at::Tensor image = is_packed ? window : window.contiguous();
  const std::vector<BilinearPair> row_pairs = bilinear_pairs(image.size(0), to.height, rows, false);
  const std::vector<BilinearPair> column_pairs = bilinear_pairs(image.size(1), to.width, columns, true);
  c10::SmallVector<int64_t, 3> sizes{rows.size(), columns.size()};
  if (window.dim() == 3) sizes.push_back(channels);
  at::Tensor result = at::detail::empty_cpu(sizes, at::kByte);
  const int64_t row_bytes = columns.size() * channels;
  BlendedRows blended_rows(image, channels, column_pairs);
  auto* out = result.mutable_data_ptr<uint8_t>();
  for (const BilinearPair& pair : row_pairs) {
    if (pair.first >= 0) {
      const auto [upper, lower] = blended_rows.of(pair.first, pair.second);
      int64_t done = 0;
#ifdef __x86_64__
      done = blend_sixteens(upper, lower, pair, row_bytes, out);
#endif
      blend_columns(upper, lower, pair, done, row_bytes, out);
    }
    out += row_bytes;
  }
  fill_borders_(result, rows, columns, fill);
  return result;
}

}  // namespace millrace
