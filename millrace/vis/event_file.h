#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

class RgbImage;

/// The records of TensorBoard's event files, as bytes. A file has a record with the version and then one record per
/// event; each is framed as in a TFRecord: length (uint64), its checksum, data, their checksum, all little-endian.
/// docs/formats/events.md shows the messages.
namespace events {

/// `wall_time`: seconds since 1970.
struct Moment {
  double wall_time;
  int64_t step;
};

/// The first record of a file.
std::string version_record(double wall_time);
std::string scalar_record(const Moment& moment, std::string_view tag, float value);
std::string image_record(const Moment& moment, std::string_view tag, const RgbImage& image);
/// Markdown, for the page "Text" of TensorBoard.
std::string text_record(const Moment& moment, std::string_view tag, std::string_view text);

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4).
uint32_t crc32c(std::string_view data);

}  // namespace events

}  // namespace millrace
