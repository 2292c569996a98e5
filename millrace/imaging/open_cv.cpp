// The imaging library itself: turbojpeg for what it can decode, OpenCV for the rest.
#include <ATen/EmptyTensor.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/data/imaging.h"
#include "millrace/imaging/image_check.h"
#include "millrace/imaging/image_header.h"
#include "millrace/imaging/jpeg.h"
#include "millrace/imaging/pixel_limit.h"
#include "millrace/io/image_kind.h"

namespace millrace {

void check_pixel_limit(int64_t width, int64_t height, int64_t max_pixels, const std::string& path) {
  if (width < 1 || height < 1) throw Error(Place(path), "damaged: its header gives no size of an image");
  if (width > max_pixels / height)
    throw Error(Place(path), fmt::format("an image of {}x{}; more than {} million pixels are not read", width, height,
                                         max_pixels >> 20));
}

namespace {

using Color = ImageReading::Color;
using Order = ImageReading::Order;

constexpr int64_t kMaxPixels = int64_t{1} << 27;

bool is_gray(Color color) { return color == Color::grayscale || color == Color::grayscale_ignore_orientation; }
bool is_upright(Color color) { return color == Color::color || color == Color::grayscale; }
Color without_orientation(Color color) {
  return color == Color::color       ? Color::color_ignore_orientation
         : color == Color::grayscale ? Color::grayscale_ignore_orientation
                                     : color;
}

int cv_depth(at::ScalarType dtype) {
  switch (dtype) {
    case at::kByte:
      return CV_8U;
    case at::kShort:
      return CV_16S;
    case at::kUInt16:
      return CV_16U;
    case at::kFloat:
      return CV_32F;
    case at::kDouble:
      return CV_64F;
    default:
      throw Error(fmt::format("an image is of uint8, int16, uint16, float32 or float64, not {}", c10::toString(dtype)));
  }
}

at::ScalarType dtype_of_depth(int depth, const std::string& path) {
  switch (depth) {
    case CV_8U:
      return at::kByte;
    case CV_16S:
      return at::kShort;
    case CV_16U:
      return at::kUInt16;
    case CV_32F:
      return at::kFloat;
    case CV_64F:
      return at::kDouble;
    default:
      throw Error(Place(path), "an image of a kind of numbers that is not read");
  }
}

/// The image as a cv::Mat over the same memory; `image` is replaced by a copy where rows of pixels don't lie as OpenCV
/// needs them.
cv::Mat mat_over(at::Tensor& image) {
  if (!image.is_cpu() || image.dim() < 2 || image.dim() > 3)
    throw Error(fmt::format("an image has the shape (H, W) or (H, W, C), not {} dimensions", image.dim()));
  const int64_t channels = image.dim() == 3 ? image.size(2) : 1;
  if (image.numel() == 0 || channels > CV_CN_MAX || image.size(0) > INT32_MAX || image.size(1) > INT32_MAX)
    throw Error(fmt::format("an image of {}x{} with {} channels", image.size(1), image.size(0), channels));
  const bool is_packed = (image.dim() == 2 || image.stride(2) == 1 || channels == 1) && image.stride(1) == channels &&
                         image.stride(0) >= image.size(1) * channels;
  if (!is_packed) image = image.contiguous();
  return cv::Mat(static_cast<int>(image.size(0)), static_cast<int>(image.size(1)),
                 CV_MAKETYPE(cv_depth(image.scalar_type()), static_cast<int>(channels)),
                 const_cast<void*>(image.const_data_ptr()),
                 static_cast<size_t>(image.stride(0) * image.element_size()));
}

/// A tensor over the memory of a Mat, which it keeps.
at::Tensor tensor_over(cv::Mat mat, const std::string& path) {
  if (!mat.isContinuous()) mat = mat.clone();
  const at::TensorOptions dtype(dtype_of_depth(mat.depth(), path));
  return at::from_blob(
      mat.data, {mat.rows, mat.cols, mat.channels()}, [mat](void*) {}, dtype);
}

/// What OpenCV throws, as an error of ours.
template <class Function>
auto with_cv_errors(const Place& place, const char* what, const Function& function) {
  try {
    return function();
  } catch (const cv::Exception& error) {
    throw Error(place, what).note("OpenCV: " + std::string(trim(error.err)));
  }
}

/// The image turned and mirrored so that it is upright; `orientation` as EXIF counts.
at::Tensor upright(at::Tensor image, int orientation) {
  if (orientation == 1) return image;
  const cv::Mat from = mat_over(image);
  const bool is_transposed = orientation >= 5;
  at::Tensor turned = at::detail::empty_cpu(
      {image.size(is_transposed ? 1 : 0), image.size(is_transposed ? 0 : 1), image.size(2)}, image.scalar_type());
  cv::Mat to = mat_over(turned);
  switch (orientation) {
    case 2:
      cv::flip(from, to, 1);
      break;
    case 3:
      cv::rotate(from, to, cv::ROTATE_180);
      break;
    case 4:
      cv::flip(from, to, 0);
      break;
    case 5:
      cv::transpose(from, to);
      break;
    case 6:
      cv::rotate(from, to, cv::ROTATE_90_CLOCKWISE);
      break;
    case 7:
      cv::rotate(from, to, cv::ROTATE_90_CLOCKWISE);
      cv::flip(to, to, 0);
      break;
    default:
      cv::rotate(from, to, cv::ROTATE_90_COUNTERCLOCKWISE);
  }
  return turned;
}

class OpenCVImaging final : public Imaging {
 public:
  OpenCVImaging() {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);  // what fails is thrown
  }

  at::Tensor decode(std::string_view content, const std::string& path, const ImageReading& reading) const override {
    const ImageHeader header = known_header(content, path);
    if (header.format == ImageFormat::jpeg && reading.color != Color::unchanged) {
      const JpegPixels pixels = is_gray(reading.color)        ? JpegPixels::gray
                                : reading.order == Order::bgr ? JpegPixels::bgr
                                                              : JpegPixels::rgb;
      if (const auto image = decode_jpeg(content, path, pixels, kMaxPixels))
        return upright(*image, is_upright(reading.color) ? header.orientation : 1);
    }
    if (header.format != ImageFormat::jpeg) check_pixel_limit(header.width, header.height, kMaxPixels, path);
    std::optional<std::string> mended;
    switch (header.format) {
      case ImageFormat::jpeg:
        check_jpeg(content, path);
        break;
      case ImageFormat::png:
        mended = checked_png(content, path, is_gray(reading.color) ? PngProfile::keep : PngProfile::drop);
        break;
      case ImageFormat::bmp:
        check_bmp(content, path);
        break;
      case ImageFormat::tiff:
        check_tiff(content, path);
        check_tiff_kind(content, path, reading.color);
        break;
      case ImageFormat::webp:  // nobody prints, and not every OpenCV looks at the orientation
        return upright(decode_with_cv(content, path, {without_orientation(reading.color), reading.order}),
                       is_upright(reading.color) ? header.orientation : 1);
    }
    return decode_with_cv(mended ? std::string_view(*mended) : content, path, reading);
  }

  std::optional<ImageSize> size(std::string_view beginning, const std::string& path,
                                const ImageReading& reading) const override {
    const ImageHeader header = known_header(beginning, path);
    if (header.is_cut || header.width < 1 || header.height < 1) return std::nullopt;
    check_pixel_limit(header.width, header.height, kMaxPixels, path);
    const bool is_turned =
        is_upright(reading.color) || header.format == ImageFormat::tiff;  // OpenCV turns all of these
    const bool is_lying = header.orientation >= 5 && is_turned;
    return is_lying ? ImageSize{header.width, header.height} : ImageSize{header.height, header.width};
  }

  std::string encode(const at::Tensor& given, const std::string& path, Order order) const override {
    static const std::vector<std::string> kEndings = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"};
    const std::string ending = to_lower(std::filesystem::path(path).extension().string());
    if (std::find(kEndings.begin(), kEndings.end(), ending) == kEndings.end())
      throw Error(Place(path), fmt::format("an image is written as {}, not '{}'", quoted_choice(kEndings), ending));
    at::Tensor image = given;
    if (image.scalar_type() != at::kByte) throw Error("an image that is written has the type uint8");
    cv::Mat mat = mat_over(image);
    if (order == Order::rgb && mat.channels() >= 3) {
      cv::Mat turned;
      cv::cvtColor(mat, turned, mat.channels() == 3 ? cv::COLOR_RGB2BGR : cv::COLOR_RGBA2BGRA);
      mat = turned;
    }
    std::vector<unsigned char> bytes;
    with_cv_errors(Place(path), "the image can't be encoded", [&] {
      if (!cv::imencode(ending, mat, bytes)) throw Error(Place(path), "the image can't be encoded");
    });
    return {bytes.begin(), bytes.end()};
  }

  at::Tensor resized(const at::Tensor& given, int64_t height, int64_t width, Interpolation way) const override {
    return written(given, height, width, "an image can't be resized",
                   [&](const cv::Mat& from, cv::Mat& to) { cv::resize(from, to, to.size(), 0, 0, cv_way(way)); });
  }

  at::Tensor warped(const at::Tensor& given, const std::array<double, 9>& matrix, int64_t height, int64_t width,
                    Interpolation way, std::span<const double> fill) const override {
    if (way == Interpolation::area || way == Interpolation::box || way == Interpolation::hamming)
      throw Error("an image is warped by nearest, bilinear, bicubic or lanczos");
    const int64_t channels = given.dim() == 3 ? given.size(2) : 1;
    if (fill.size() != 1 && (static_cast<int64_t>(fill.size()) != channels || channels > 4))
      throw Error(fmt::format("{} numbers to fill in, for an image of {} channels", fill.size(), channels));
    cv::Scalar border = cv::Scalar::all(fill[0]);
    for (size_t c = 1; c < fill.size(); ++c) border[static_cast<int>(c)] = fill[c];
    const bool is_affine = matrix[6] == 0 && matrix[7] == 0 && matrix[8] == 1;
    const cv::Mat map(is_affine ? 2 : 3, 3, CV_64F, const_cast<double*>(matrix.data()));
    return written(given, height, width, "an image can't be warped", [&](const cv::Mat& from, cv::Mat& to) {
      if (is_affine) cv::warpAffine(from, to, map, to.size(), cv_way(way), cv::BORDER_CONSTANT, border);
      else cv::warpPerspective(from, to, map, to.size(), cv_way(way), cv::BORDER_CONSTANT, border);
    });
  }

 private:
  static ImageHeader known_header(std::string_view content, const std::string& path) {
    if (const std::string kind = io::unread_kind(content.substr(0, io::kImageHead)); !kind.empty())
      throw Error(Place(path), fmt::format("this is {}; JPEG, PNG, WebP, BMP and TIFF are read", kind));
    const std::optional<ImageHeader> header = image_header(content);
    if (!header) throw Error(Place(path), "not an image that can be read: neither JPEG, PNG, WebP, BMP nor TIFF");
    return *header;
  }

  static int cv_way(Interpolation way) {
    constexpr int kWays[] = {cv::INTER_NEAREST, cv::INTER_LINEAR, cv::INTER_CUBIC, cv::INTER_AREA, cv::INTER_LANCZOS4};
    return kWays[static_cast<size_t>(way)];
  }

  /// A new image of that size, which `write(from, to)` fills.
  template <class Write>
  static at::Tensor written(const at::Tensor& given, int64_t height, int64_t width, const char* what,
                            const Write& write) {
    at::Tensor image = given;
    const cv::Mat from = mat_over(image);
    if (height < 1 || width < 1 || height > kMaxPixels / width)
      throw Error(fmt::format("{} to {}x{}", what, width, height));
    c10::SmallVector<int64_t, 3> sizes{height, width};
    if (image.dim() == 3) sizes.push_back(image.size(2));
    at::Tensor result = at::detail::empty_cpu(sizes, image.scalar_type());
    cv::Mat to = mat_over(result);
    const void* const place = to.data;
    with_cv_errors(Place(), what, [&] { write(from, to); });
    MILLRACE_ASSERT(to.data == place, "OpenCV wrote elsewhere");
    return result;
  }

  /// OpenCV fills what a JPEG lacks. One that it is to read (of four inks, or unchanged) is decoded by turbojpeg, too,
  /// which says what is wrong.
  static void check_jpeg(std::string_view content, const std::string& path) {
    for (const JpegPixels pixels : {JpegPixels::gray, JpegPixels::inks})
      (void)decode_jpeg(content, path, pixels, kMaxPixels);
  }

  /// OpenCV makes no colours of numbers that have no largest one.
  static void check_tiff_kind(std::string_view content, const std::string& path, Color color) {
    const auto [bits, is_float] = tiff_samples(content);
    if (color == Color::unchanged || (bits <= 16 && !is_float)) return;
    throw Error(Place(path), fmt::format("this is a TIFF of {} of {} bits; it is not read as 8 bits",
                                         is_float ? "floating-point numbers" : "integers", bits))
        .help("color_type='unchanged'");
  }

  static at::Tensor decode_with_cv(std::string_view content, const std::string& path, const ImageReading& reading) {
    int flags = cv::IMREAD_UNCHANGED;
    if (reading.color != Color::unchanged) {
      flags = is_gray(reading.color) ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR;
      if (!is_upright(reading.color)) flags |= cv::IMREAD_IGNORE_ORIENTATION;
    }
    // imdecode reads, and takes a Mat that it could write to.
    const cv::Mat bytes(1, static_cast<int>(content.size()), CV_8UC1, const_cast<char*>(content.data()));
    cv::Mat mat = with_cv_errors(Place(path), "the image can't be decoded", [&] { return cv::imdecode(bytes, flags); });
    if (mat.empty()) throw Error(Place(path), fmt::format("damaged or truncated image, of {} bytes", content.size()));
    if (reading.order == Order::rgb && mat.channels() >= 3)
      cv::cvtColor(mat, mat, mat.channels() == 3 ? cv::COLOR_BGR2RGB : cv::COLOR_BGRA2RGBA);
    return tensor_over(mat, path);
  }
};

const bool is_installed = [] {
  static const OpenCVImaging library;
  install_imaging(library);
  return true;
}();

}  // namespace

}  // namespace millrace
