#pragma once

#include <string>

namespace millrace {

/// Why a file can't be an image, judged by its first bytes: "it is empty", "it is a GIF image", "it begins as no image
/// does"; "" if it begins as JPEG, PNG, WebP, BMP or TIFF, whatever its name is. Does not look for damage after that.
std::string fault_of_image(const std::string& path);

}  // namespace millrace
