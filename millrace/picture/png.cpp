#include "millrace/picture/png.h"

#include <zlib.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/picture/rgb_image.h"

namespace millrace {
namespace {

void add_big_endian(std::string& out, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

void add_chunk(std::string& out, std::string_view type, std::string_view data) {
  add_big_endian(out, static_cast<uint32_t>(data.size()));
  const size_t begin = out.size();
  out += type;
  out += data;
  const auto* bytes = reinterpret_cast<const Bytef*>(out.data() + begin);
  add_big_endian(out, static_cast<uint32_t>(crc32_z(0, bytes, out.size() - begin)));
}

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n", kSoftware("Software\0", 9);

uint32_t big_endian(std::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes.substr(0, 4)) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

}  // namespace

std::string encode_png(const RgbImage& image, std::string_view software) {
  const auto row_bytes = static_cast<size_t>(3 * image.width());
  std::vector<uint8_t> rows;
  rows.reserve((row_bytes + 1) * static_cast<size_t>(image.height()));
  for (int64_t y = 0; y < image.height(); ++y) {
    const uint8_t* row = image.bytes().data() + static_cast<size_t>(y) * row_bytes;
    rows.push_back(1);  // the filter "Sub": each byte less the same one of the pixel on its left
    for (size_t i = 0; i < row_bytes; ++i) rows.push_back(static_cast<uint8_t>(row[i] - (i < 3 ? 0 : row[i - 3])));
  }
  uLongf size = compressBound(rows.size());
  std::string packed(size, '\0');
  const int failure = compress2(reinterpret_cast<Bytef*>(packed.data()), &size, rows.data(), rows.size(), 6);
  MILLRACE_ASSERT(failure == Z_OK, "zlib does not compress");
  packed.resize(size);

  std::string header;
  add_big_endian(header, static_cast<uint32_t>(image.width()));
  add_big_endian(header, static_cast<uint32_t>(image.height()));
  header += std::string("\x08\x02\x00\x00\x00", 5);  // 8 bits, RGB, the only compression and filters, not interlaced
  std::string png(kSignature);
  add_chunk(png, "IHDR", header);
  if (!software.empty()) add_chunk(png, "tEXt", std::string(kSoftware) + std::string(software));
  add_chunk(png, "IDAT", packed);
  add_chunk(png, "IEND", "");
  return png;
}

std::string png_software(std::string_view content) {
  constexpr size_t kText = 8 + 25;  // behind the signature and the header
  if (!content.starts_with(kSignature) || content.size() < kText + 8) return {};
  const std::string_view chunk = content.substr(kText);
  const size_t length = big_endian(chunk);
  const std::string_view text = chunk.substr(8, length);
  if (chunk.substr(4, 4) != "tEXt" || text.size() < length || !text.starts_with(kSoftware)) return {};
  return std::string(text.substr(kSoftware.size()));
}

}  // namespace millrace
