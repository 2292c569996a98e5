#pragma once

#include <string>

namespace millrace {

/// Why a file can't be read as an image, as far as its first bytes tell: "it is empty", "it begins as no image does";
/// "" for what begins as JPEG, PNG, WebP, BMP or TIFF, whatever its name is. Damage further on is not looked for.
std::string fault_of_image(const std::string& path);

}  // namespace millrace
