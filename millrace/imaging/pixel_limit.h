#pragma once

#include <cstdint>
#include <string>

namespace millrace {

/// Throws Error with the path if the file has no pixels, or more than `max_pixels`.
void check_pixel_limit(int64_t width, int64_t height, int64_t max_pixels, const std::string& path);

}  // namespace millrace
