#pragma once

#include <string>
#include <string_view>

namespace millrace::io {

/// So many bytes of a file are enough for what is told here.
inline constexpr size_t kImageHead = 64;

/// Whether a file begins as a JPEG, PNG, WebP, BMP or TIFF does.
bool begins_as_image(std::string_view head);

/// What an intact file is that we do not read: "a GIF image", "a HEIC image", "an animated WebP image", "a web page"; ""
/// where its first bytes don't tell, and for what we read.
std::string unread_kind(std::string_view head);

}  // namespace millrace::io
