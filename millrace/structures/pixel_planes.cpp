#include "millrace/structures/pixel_planes.h"

#ifdef __x86_64__
#include <tmmintrin.h>
#endif

namespace millrace {

namespace {

void split_pixels(const uint8_t* pixels, int64_t begin, int64_t count, int64_t plane_bytes, uint8_t* planes) {
  for (int64_t i = begin; i < count; ++i)
    for (int64_t c = 0; c < 3; ++c) planes[c * plane_bytes + i] = pixels[3 * i + c];
}

#ifdef __x86_64__
/// Byte i of channel c is at 3 i + c of 48 bytes, which are three registers: its place in each, or -1 if it is in another.
struct PlaneShuffles {
  alignas(16) int8_t places[3][3][16];  // of a channel, from a register
};
constexpr PlaneShuffles kPlaneShuffles = [] {
  PlaneShuffles shuffles{};
  for (int c = 0; c < 3; ++c)
    for (int part = 0; part < 3; ++part)
      for (int i = 0; i < 16; ++i) {
        const int place = 3 * i + c - 16 * part;
        shuffles.places[c][part][i] = static_cast<int8_t>(place >= 0 && place < 16 ? place : -1);
      }
  return shuffles;
}();

/// Sixteen pixels at a time; returns how many were done.
__attribute__((target("ssse3"))) int64_t split_sixteens(const uint8_t* pixels, int64_t count, int64_t plane_bytes,
                                                        uint8_t* planes) {
  const auto choice = [](int c, int part) __attribute__((target("ssse3"))) {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(kPlaneShuffles.places[c][part]));
  };
  int64_t done = 0;
  for (; done + 16 <= count; done += 16, pixels += 48) {
    const auto* const from = reinterpret_cast<const __m128i*>(pixels);
    const __m128i a = _mm_loadu_si128(from), b = _mm_loadu_si128(from + 1), d = _mm_loadu_si128(from + 2);
    for (int c = 0; c < 3; ++c) {
      const __m128i channel =
          _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(a, choice(c, 0)), _mm_shuffle_epi8(b, choice(c, 1))),
                       _mm_shuffle_epi8(d, choice(c, 2)));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(planes + c * plane_bytes + done), channel);
    }
  }
  return done;
}
#endif

}  // namespace

void split_into_planes(const uint8_t* pixels, int64_t row_bytes, int64_t height, int64_t width, uint8_t* planes) {
  const int64_t plane_bytes = height * width;
  if (row_bytes == 3 * width) width = plane_bytes, height = height > 0 ? 1 : 0;  // all of it is one row
#ifdef __x86_64__
  static const bool has_shuffle = __builtin_cpu_supports("ssse3");
#endif
  for (int64_t y = 0; y < height; ++y, pixels += row_bytes, planes += width) {
    int64_t done = 0;
#ifdef __x86_64__
    if (has_shuffle) done = split_sixteens(pixels, width, plane_bytes, planes);
#endif
    split_pixels(pixels, done, width, plane_bytes, planes);
  }
}

}  // namespace millrace
