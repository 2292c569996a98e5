#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// OpenCV and libpng print mistakes in a file on stderr, which a library must not do. So these functions look for
/// mistakes that can be found without decoding, before OpenCV gets the file. Each throws Error with the path if the
/// file is truncated or damaged, and ignores files of other formats.

/// Checks chunks, their checksums, and the header. If it returns something, decode that instead of `content`: it lacks
/// the chunks without pixels about which libpng would print a message and ignore them.
///
/// `profile`: keep it if libpng converts colours to grey, which depends on it; else drop it, since libpng prints
/// messages about some well-known profiles.
enum class PngProfile { keep, drop };
std::optional<std::string> checked_png(std::string_view content, const std::string& path, PngProfile profile);

/// Checks that an uncompressed BMP has all of its rows.
void check_bmp(std::string_view content, const std::string& path);

/// Checks that the first image of a TIFF has all of its strips or tiles.
void check_tiff(std::string_view content, const std::string& path);

}  // namespace millrace
