#pragma once

#include <cstdint>
#include <string>

namespace millrace {

/// Bytes of "4G", "512M", "1.5 GiB", "4096K" or "1000000"; K, M, G and T are powers of 1024. Throws Error for another text.
int64_t bytes_of(const std::string& text);
/// "3.1 GiB".
std::string bytes_text(int64_t bytes);

}  // namespace millrace
