#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "millrace/data/geometry/point_map.h"
#include "millrace/data/image_resize.h"

namespace millrace {

/// How to decode an image file; the names are MMCV's.
struct ImageReading {
  enum class Color { color, grayscale, unchanged, color_ignore_orientation, grayscale_ignore_orientation };
  enum class Order { bgr, rgb };
  Color color = Color::color;
  Order order = Order::bgr;
};

/// Image functions that use turbojpeg and OpenCV. They are in the library libmillrace_imaging.so, which the first call
/// of imaging() loads, since OpenCV costs 80 ms at every start.
///
/// An image is a tensor (H, W, C) on the CPU, C = 1 for grey. Functions are const and may be called from several
/// threads at once; each works in the thread that calls it. (OpenCV has one number of threads in a process: loading
/// sets it to 1.)
class Imaging {
 public:
  virtual ~Imaging() = default;

  /// The image in the content of a JPEG, PNG, WebP, BMP or TIFF file; `path` is for errors.
  ///
  /// color         (H, W, 3) uint8; turned upright by the EXIF orientation, unless it is ignored
  /// grayscale     (H, W, 1) uint8
  /// unchanged     channels, depth (uint8, uint16, float32) and orientation of the file; of four channels the last is
  ///               alpha
  ///
  /// Throws Error if it is not such an image, is truncated or damaged, or has more than 2^27 pixels (checked before
  /// memory is allocated).
  virtual at::Tensor decode(std::string_view content, const std::string& path, const ImageReading& reading) const = 0;

  /// The size of what decode() gives, by what a file says before its pixels; `beginning` is that of its content. None if
  /// it must be longer for that. Throws Error if no size can follow, or as decode() does for one that is too large.
  virtual std::optional<ImageSize> size(std::string_view beginning, const std::string& path,
                                        const ImageReading& reading) const = 0;

  /// The content of a file in the format that the ending of `path` names (.jpg, .jpeg, .png, .webp, .bmp, .tif, .tiff).
  ///
  /// image: (H, W), (H, W, 1), (H, W, 3) or, except for JPEG, (H, W, 4), uint8; `order` is the order of its channels.
  /// JPEG is written with quality 95.
  virtual std::string encode(const at::Tensor& image, const std::string& path, ImageReading::Order order) const = 0;

  /// The image in another size, as cv::resize computes it (half-pixel centres, antialiasing only for `area`); not for
  /// box and hamming.
  ///
  /// image: (H, W) or (H, W, C), uint8, int16, uint16, float32 or float64; windows of a larger image are not copied
  /// first.
  virtual at::Tensor resized(const at::Tensor& image, int64_t height, int64_t width, Interpolation way) const = 0;

  /// The image warped, as cv::warpAffine computes it, or cv::warpPerspective if the last row of the matrix is not (0,
  /// 0, 1); by nearest, bilinear, bicubic or lanczos. matrix: row by row, maps the index (x, y, 1) of a pixel of the
  /// input to the output. fill: one number, or one for each of at most four channels, outside of the image.
  virtual at::Tensor warped(const at::Tensor& image, const std::array<double, 9>& matrix, int64_t height, int64_t width,
                            Interpolation way, std::span<const double> fill) const = 0;
};

/// Loads the library once. Throws Error with the reason if it is missing: Millrace can be built without it
/// (MILLRACE_IMAGING=OFF).
const Imaging& imaging();

/// The image in a file. Throws Error as Imaging::decode does, or if the file can't be read.
at::Tensor read_image(const std::string& path, const ImageReading& reading = {});
/// The size of what read_image() gives. No pixel is decoded, and of most files the first 64 KiB are read.
ImageSize read_image_size(const std::string& path, const ImageReading& reading = {});

/// Called by libmillrace_imaging.so when it is loaded; `library` lives as long as the process.
void install_imaging(const Imaging& library);

}  // namespace millrace
