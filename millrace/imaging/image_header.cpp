#include "millrace/imaging/image_header.h"

#include <cstdlib>

#include "millrace/imaging/byte_view.h"

namespace millrace {

namespace {

using std::string_view_literals::operator""sv;

bool is_tiff(std::string_view content) { return content.starts_with("II*\0"sv) || content.starts_with("MM\0*"sv); }

/// The value of a tag (of type short or long; the first of several) in the first directory of a TIFF file, which EXIF
/// data are, too; 0 where it has none.
uint64_t tiff_tag(std::string_view content, uint64_t tag) {
  if (!is_tiff(content)) return 0;
  const ByteView bytes(content, content[0] == 'M');
  const uint64_t directory = bytes.number(4, 4);
  const uint64_t count = bytes.number(directory, 2);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t entry = directory + 2 + 12 * i;
    if (bytes.ends_before(entry)) break;
    if (bytes.number(entry, 2) != tag) continue;
    const unsigned width = bytes.number(entry + 2, 2) == 3 ? 2 : 4;
    const bool fits = bytes.number(entry + 4, 4) * width <= 4;
    return bytes.number(fits ? entry + 8 : bytes.number(entry + 8, 4), width);
  }
  return 0;
}

/// Of a TIFF file, and so of EXIF data.
int tiff_orientation(std::string_view content) {
  constexpr uint64_t kOrientation = 274;
  const uint64_t found = tiff_tag(content, kOrientation);
  return found >= 1 && found <= 8 ? static_cast<int>(found) : 1;
}

ImageHeader tiff_header(std::string_view content) {
  constexpr uint64_t kWidth = 256, kHeight = 257;
  return {ImageFormat::tiff, static_cast<int64_t>(tiff_tag(content, kWidth)),
          static_cast<int64_t>(tiff_tag(content, kHeight)), tiff_orientation(content)};
}

/// Segments up to the first scan: frame header (width, height) and EXIF data.
ImageHeader jpeg_header(std::string_view content) {
  ImageHeader header{ImageFormat::jpeg};
  const ByteView bytes(content, true);
  bool has_exif = false;
  for (uint64_t at = 2; bytes.number(at, 1) == 0xFF;) {
    constexpr uint64_t kStartOfScan = 0xDA, kApp1 = 0xE1, kFirstFrame = 0xC0, kLastFrame = 0xCF;
    const uint64_t marker = bytes.number(at + 1, 1), length = bytes.number(at + 2, 2);
    if (marker == 0xFF) {  // a byte that fills up
      ++at;
      continue;
    }
    if (marker == kStartOfScan) return header;
    if (length < 2) break;
    const bool is_table = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;  // between the frames' numbers
    if (marker >= kFirstFrame && marker <= kLastFrame && !is_table && header.width == 0) {
      header.height = static_cast<int64_t>(bytes.number(at + 5, 2));
      header.width = static_cast<int64_t>(bytes.number(at + 7, 2));
    }
    if (marker == kApp1 && !has_exif && content.substr(at + 4).starts_with("Exif\0\0"sv)) {
      has_exif = true;
      header.orientation = tiff_orientation(content.substr(at + 10).substr(0, length > 8 ? length - 8 : 0));
    }
    at += 2 + length;
  }
  header.is_cut = true;
  return header;
}

/// Chunks up to the first of pixels. (EXIF data may also follow them.)
ImageHeader png_header(std::string_view content) {
  const ByteView bytes(content, true);
  ImageHeader header{ImageFormat::png, static_cast<int64_t>(bytes.number(16, 4)),
                     static_cast<int64_t>(bytes.number(20, 4))};
  constexpr uint64_t kSignature = 8, kFrame = 12;  // of a chunk: length, type, check sum
  for (uint64_t at = kSignature; !bytes.ends_before(at + 7);) {
    const std::string_view type = content.substr(at + 4, 4);
    const uint64_t length = bytes.number(at, 4);
    if (type == "IDAT") return header;
    if (type == "eXIf") header.orientation = tiff_orientation(content.substr(at + 8).substr(0, length));
    at += kFrame + length;
  }
  header.is_cut = true;
  return header;
}

ImageHeader bmp_header(std::string_view content) {
  const ByteView bytes(content, false);
  if (bytes.number(14, 4) == 12)
    return {ImageFormat::bmp, static_cast<int64_t>(bytes.number(18, 2)), static_cast<int64_t>(bytes.number(20, 2))};
  const auto height = static_cast<int32_t>(bytes.number(22, 4));  // below zero: rows from the top
  return {ImageFormat::bmp, static_cast<int64_t>(bytes.number(18, 4)), std::abs(static_cast<int64_t>(height))};
}

/// Finds the EXIF data of a WebP, which follow its pixels.
void add_webp_orientation(ImageHeader& header, std::string_view content) {
  const ByteView bytes(content, false);
  constexpr uint64_t kFirstChunk = 12, kFrame = 8;  // type and size
  uint64_t at = kFirstChunk;
  while (at + kFrame <= content.size()) {
    const uint64_t size = bytes.number(at + 4, 4);
    if (content.substr(at, 4) == "EXIF") {
      std::string_view exif = content.substr(at + kFrame).substr(0, size);
      if (exif.starts_with("Exif\0\0"sv)) exif.remove_prefix(6);  // as some writers have it
      header.orientation = tiff_orientation(exif);
      return;
    }
    at += kFrame + size + size % 2;
  }
  header.is_cut = content.size() < kFrame + bytes.number(4, 4);
}

ImageHeader webp_header(std::string_view content) {
  const ByteView bytes(content, false);
  const std::string_view chunk = content.substr(12, 4);
  const auto header = [](uint64_t width, uint64_t height) {
    return ImageHeader{ImageFormat::webp, static_cast<int64_t>(width), static_cast<int64_t>(height)};
  };
  if (chunk == "VP8X") {
    constexpr uint64_t kHasExif = 8;
    ImageHeader extended = header(bytes.number(24, 3) + 1, bytes.number(27, 3) + 1);
    if ((bytes.number(20, 1) & kHasExif) != 0) add_webp_orientation(extended, content);
    return extended;
  }
  if (chunk == "VP8 ") return header(bytes.number(26, 2) & 0x3FFF, bytes.number(28, 2) & 0x3FFF);
  if (chunk == "VP8L") {
    const uint64_t bits = bytes.number(21, 4);
    return header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
  }
  return header(0, 0);
}

}  // namespace

std::optional<ImageHeader> image_header(std::string_view content) {
  if (content.starts_with("\xFF\xD8\xFF"sv)) return jpeg_header(content);
  if (content.starts_with("\x89PNG\r\n\x1A\n"sv)) return png_header(content);
  if (content.starts_with("RIFF"sv) && content.size() >= 16 && content.substr(8, 4) == "WEBP")
    return webp_header(content);
  if (content.starts_with("BM"sv)) return bmp_header(content);
  if (is_tiff(content)) return tiff_header(content);
  return std::nullopt;
}

TiffSamples tiff_samples(std::string_view content) {
  constexpr uint64_t kBits = 258, kFormat = 339, kFloat = 3;
  const uint64_t bits = tiff_tag(content, kBits);
  return {bits == 0 ? 1 : static_cast<int64_t>(bits), tiff_tag(content, kFormat) == kFloat};
}

}  // namespace millrace
