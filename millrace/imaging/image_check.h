#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// OpenCV, and libpng below it, print on stderr what they find wrong with a file, and a library must not print: what
/// can be seen without decoding is looked for here, before they are given the file. Each throws Error with the path
/// where the file is cut off or damaged; they pass over files of other formats.

/// Chunks, their check sums, and the header. What comes back, if anything, is to be decoded in place of `content`: it
/// lacks the chunks beside the pixels that libpng would complain of and then ignore.
///
/// `profile`: that of the colours counts where libpng turns colours into grey, and it complains of well-known ones.
enum class PngProfile { keep, drop };
std::optional<std::string> checked_png(std::string_view content, const std::string& path, PngProfile profile);

/// Whether the rows of an uncompressed BMP are all there.
void check_bmp(std::string_view content, const std::string& path);

/// Whether the strips or tiles of a TIFF's first image are all there.
void check_tiff(std::string_view content, const std::string& path);

}  // namespace millrace
