#include "millrace/imaging/image_check.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/imaging/byte_view.h"
#include "millrace/imaging/image_header.h"

namespace millrace {

namespace {

[[noreturn]] void refuse_image(std::string_view content, const std::string& path) {
  throw Error(Place(path), fmt::format("damaged or truncated image, of {} bytes", content.size()));
}

struct PngChunk {
  std::string_view type, data, whole;
  bool is_sound = false;  // its check sum is right
  bool may_be_ignored() const { return (type[0] & 0x20) != 0; }
};

/// The chunks of a PNG, one after the other.
class PngChunks {
 public:
  static constexpr size_t kSignature = 8;

  explicit PngChunks(std::string_view content) : content_(content) {}

  /// None where the file ends in a chunk.
  std::optional<PngChunk> next() {
    constexpr size_t kFrame = 12;  // of a chunk: length, type, check sum
    const ByteView bytes(content_, true);
    if (content_.size() - at_ < kFrame) return std::nullopt;
    const uint64_t length = bytes.number(at_, 4);
    if (length > content_.size() - at_ - kFrame) return std::nullopt;
    const std::string_view summed = content_.substr(at_ + 4, 4 + length);
    const uint64_t sum = crc32_z(0, reinterpret_cast<const unsigned char*>(summed.data()), summed.size());
    const PngChunk chunk{summed.substr(0, 4), summed.substr(4), content_.substr(at_, kFrame + length),
                         sum == bytes.number(at_ + 8 + length, 4)};
    at_ += kFrame + length;
    return chunk;
  }

 private:
  std::string_view content_;
  size_t at_ = kSignature;
};

/// Of the specification's section 11.2.2.
bool is_png_header(const PngChunk& chunk) {
  if (chunk.type != "IHDR" || chunk.data.size() != 13) return false;
  const auto byte = [&](size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(chunk.data[at])); };
  const unsigned depth = byte(8), color = byte(9);
  const bool is_small = depth == 1 || depth == 2 || depth == 4;
  const bool fits = color == 0                               ? is_small || depth == 8 || depth == 16
                    : color == 3                             ? is_small || depth == 8
                    : color == 2 || color == 4 || color == 6 ? depth == 8 || depth == 16
                                                             : false;
  return fits && byte(10) == 0 && byte(11) == 0 && byte(12) <= 1;
}

/// The values of a tag (of type short or long) in the first directory of a TIFF file.
class TiffValues {
 public:
  TiffValues(const ByteView& bytes, uint64_t tag) : bytes_(bytes) {
    const uint64_t directory = bytes.number(4, 4), entries = bytes.number(directory, 2);
    for (uint64_t i = 0; i < entries && count_ == 0; ++i) {
      const uint64_t entry = directory + 2 + 12 * i;
      if (bytes.number(entry, 2) != tag) continue;
      width_ = bytes.number(entry + 2, 2) == 3 ? 2 : 4;
      count_ = bytes.number(entry + 4, 4);
      at_ = count_ * width_ <= 4 ? entry + 8 : bytes.number(entry + 8, 4);
    }
  }
  uint64_t size() const { return count_; }
  /// That of `otherwise` where there is none.
  uint64_t value(uint64_t i, uint64_t otherwise) const {
    return i < count_ ? bytes_.number(at_ + i * width_, width_) : otherwise;
  }

 private:
  const ByteView& bytes_;
  unsigned width_ = 4;
  uint64_t count_ = 0, at_ = 0;
};

}  // namespace

std::optional<std::string> checked_png(std::string_view content, const std::string& path, PngProfile profile) {
  PngChunks chunks(content);
  std::optional<PngChunk> chunk = chunks.next();
  if (!chunk || !chunk->is_sound || !is_png_header(*chunk)) refuse_image(content, path);
  const bool needs_palette = chunk->data[9] == 3;
  bool has_palette = false, has_pixels = false, lacks_some = false;
  std::string kept(content.substr(0, PngChunks::kSignature));
  kept += chunk->whole;
  while (chunk->type != "IEND") {
    chunk = chunks.next();
    if (!chunk) refuse_image(content, path);
    if (chunk->may_be_ignored()) {
      if (chunk->is_sound && (chunk->type != "iCCP" || profile == PngProfile::keep)) kept += chunk->whole;
      else lacks_some = true;
      continue;
    }
    const bool is_palette = chunk->type == "PLTE", is_pixels = chunk->type == "IDAT";
    if (!chunk->is_sound || !(is_palette || is_pixels || chunk->type == "IEND")) refuse_image(content, path);
    if (is_palette && (chunk->data.empty() || chunk->data.size() % 3 != 0 || chunk->data.size() > 768))
      refuse_image(content, path);
    has_palette = has_palette || is_palette;
    has_pixels = has_pixels || is_pixels;
    kept += chunk->whole;
  }
  if (!has_pixels || (needs_palette && !has_palette)) refuse_image(content, path);
  return lacks_some ? std::optional(std::move(kept)) : std::nullopt;
}

void check_bmp(std::string_view content, const std::string& path) {
  const std::optional<ImageHeader> header = image_header(content);
  if (!header || header->format != ImageFormat::bmp) return;
  const ByteView bytes(content, false);
  const bool is_old = bytes.number(14, 4) == 12;
  const uint64_t given = bytes.number(is_old ? 24 : 28, 2), depth = given == 15 ? 16 : given,
                 compression = is_old ? 0 : bytes.number(30, 4);
  constexpr uint64_t kPlain = 0, kBitFields = 3;
  if (compression != kPlain && compression != kBitFields) return;
  const uint64_t row = (static_cast<uint64_t>(header->width) * depth + 31) / 32 * 4;
  const uint64_t begin = bytes.number(10, 4);
  if (begin > content.size() ||
      (content.size() - begin) / std::max<uint64_t>(row, 1) < static_cast<uint64_t>(header->height))
    refuse_image(content, path);
}

void check_tiff(std::string_view content, const std::string& path) {
  const std::optional<ImageHeader> header = image_header(content);
  if (!header || header->format != ImageFormat::tiff) return;
  const ByteView bytes(content, content[0] == 'M');
  constexpr uint64_t kBits = 258, kCompression = 259, kStrips = 273, kSamples = 277, kStripSizes = 279, kTiles = 324,
                     kTileSizes = 325;
  const auto first = [&](uint64_t tag) { return TiffValues(bytes, tag).value(0, 1); };
  for (const auto& [places, sizes] : {std::pair(kStrips, kStripSizes), std::pair(kTiles, kTileSizes)}) {
    const TiffValues begins(bytes, places), lengths(bytes, sizes);
    for (uint64_t i = 0; i < std::min(begins.size(), lengths.size()); ++i) {
      const uint64_t begin = begins.value(i, 0);
      uint64_t length = lengths.value(i, 0);
      // libtiff counts the bytes of a single strip itself where its size is wrong.
      if (begins.size() == 1 && places == kStrips && first(kCompression) == 1)
        length = std::min(length, (static_cast<uint64_t>(header->width) * first(kBits) * first(kSamples) + 7) / 8 *
                                      static_cast<uint64_t>(header->height));
      if (begin > content.size() || length > content.size() - begin) refuse_image(content, path);
    }
  }
}

}  // namespace millrace
