#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

/// Reads numbers in a part of a file; bytes beyond its end are zero.
class ByteView {
 public:
  ByteView(std::string_view bytes, bool is_big) : bytes_(bytes), is_big_(is_big) {}

  uint64_t number(uint64_t at, unsigned size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) return 0;
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      const uint64_t byte = static_cast<unsigned char>(bytes_[at + i]);
      value |= byte << 8 * (is_big_ ? size - 1 - i : i);
    }
    return value;
  }
  bool ends_before(uint64_t at) const { return at >= bytes_.size(); }

 private:
  std::string_view bytes_;
  bool is_big_;
};

}  // namespace millrace
