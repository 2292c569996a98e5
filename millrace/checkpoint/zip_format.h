#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The numbers of the zip format (PKWARE APPNOTE 6.3.10) that writer and reader share.
namespace millrace::zip {

inline constexpr uint32_t kLocalHeader = 0x04034b50;
inline constexpr uint32_t kCentralHeader = 0x02014b50;
inline constexpr uint32_t kEnd = 0x06054b50;
inline constexpr uint32_t kEnd64 = 0x06064b50;
inline constexpr uint32_t kEnd64Locator = 0x07064b50;

inline constexpr size_t kLocalHeaderBytes = 30;
inline constexpr size_t kCentralHeaderBytes = 46;
inline constexpr size_t kEndBytes = 22;
inline constexpr size_t kEnd64Bytes = 56;
inline constexpr size_t kEnd64LocatorBytes = 20;

inline constexpr uint16_t kFlagEncrypted = 1 << 0;
inline constexpr uint16_t kFlagSizesFollow = 1 << 3;
inline constexpr uint16_t kFlagUtf8 = 1 << 11;
inline constexpr uint16_t kExtraZip64 = 0x0001;
inline constexpr uint16_t kExtraPadding = 0x4246;  // "FB": PyTorch's padding

inline constexpr uint32_t kIn64Bits = 0xFFFFFFFF;  // the true value is in the zip64 field
inline constexpr uint16_t kCountIn64Bits = 0xFFFF;

/// Little-endian numbers, appended to a text.
template <class T>
void put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
}

/// The little-endian number at `at`; the caller has checked that it is there.
template <class T>
T get(std::string_view data, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= uint64_t{static_cast<unsigned char>(data[at + i])} << (8 * i);
  return static_cast<T>(value);
}

}  // namespace millrace::zip
