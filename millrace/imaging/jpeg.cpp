#include "millrace/imaging/jpeg.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>
#include <turbojpeg.h>

#include "millrace/base/error.h"
#include "millrace/imaging/pixel_limit.h"

namespace millrace {

namespace {

/// A decompressor of turbojpeg, one for each image: tables of one file would live on in it and serve the next one.
struct Decompressor {
  tjhandle handle = tjInitDecompress();
  Decompressor() { MILLRACE_ASSERT(handle, "turbojpeg gives no decompressor"); }
  ~Decompressor() { tjDestroy(handle); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
};

Error damaged_jpeg(const std::string& path, std::string_view reason) {
  const bool is_unread =
      reason.find("Unsupported") != std::string_view::npos || reason.find("not implemented") != std::string_view::npos;
  return Error(Place(path), is_unread ? "this is a JPEG of a kind that is not read" : "damaged JPEG")
      .note(fmt::format("libjpeg: {}", reason));
}

/// libjpeg goes on where it can. Bytes between two markers do no harm; whatever else it mends is damage.
void check_decoded(tjhandle handle, int status, const std::string& path, size_t size_bytes) {
  if (status == 0) return;
  const std::string_view reason = tjGetErrorStr2(handle);
  if (reason.find("extraneous bytes") != std::string_view::npos) return;
  if (reason.find("Premature end") == std::string_view::npos) throw damaged_jpeg(path, reason);
  throw Error(Place(path), fmt::format("truncated JPEG, of {} bytes", size_bytes));
}

}  // namespace

std::optional<at::Tensor> decode_jpeg(std::string_view content, const std::string& path, JpegPixels pixels,
                                      int64_t max_pixels) {
  const Decompressor decompressor;
  const tjhandle handle = decompressor.handle;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(content.data());
  int width = 0, height = 0, subsampling = 0, colorspace = 0;
  if (tjDecompressHeader3(handle, bytes, content.size(), &width, &height, &subsampling, &colorspace) != 0 &&
      tjGetErrorCode(handle) == TJERR_FATAL)
    throw damaged_jpeg(path, tjGetErrorStr2(handle));
  if (width < 1) throw damaged_jpeg(path, fmt::format("its {} bytes end before the image begins", content.size()));
  check_pixel_limit(width, height, max_pixels, path);
  const bool has_inks = colorspace == TJCS_CMYK || colorspace == TJCS_YCCK;
  if (has_inks != (pixels == JpegPixels::inks)) return std::nullopt;
  struct Layout {
    int channels, format;
  };
  constexpr Layout kLayouts[] = {{1, TJPF_GRAY}, {3, TJPF_BGR}, {3, TJPF_RGB}, {4, TJPF_CMYK}};
  const auto [channels, format] = kLayouts[static_cast<size_t>(pixels)];
  at::Tensor image = at::detail::empty_cpu({height, width, channels}, at::kByte);
  const int status = tjDecompress2(handle, bytes, content.size(), image.mutable_data_ptr<uint8_t>(), width,
                                   /*pitch=*/0, height, format, /*flags=*/0);
  check_decoded(handle, status, path, content.size());
  return image;
}

}  // namespace millrace
