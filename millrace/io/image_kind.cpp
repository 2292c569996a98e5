#include "millrace/io/image_kind.h"

#include "millrace/base/text.h"

namespace millrace::io {
namespace {

using std::string_view_literals::operator""sv;

bool is_webp(std::string_view head) {
  return head.starts_with("RIFF"sv) && head.substr(0, 16).substr(8, 4) == "WEBP"sv;
}

/// Of the brands of an ISO base media file (ISO 14496-12, 23008-12).
std::string media_kind(std::string_view brand) {
  if (brand == "avif" || brand == "avis") return "an AVIF image";
  for (const std::string_view heic : {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"})
    if (brand == heic) return "a HEIC image";
  return "a video, or another media file";
}

}  // namespace

bool begins_as_image(std::string_view head) {
  for (const std::string_view signature : {"\xFF\xD8\xFF"sv, "\x89PNG\r\n\x1A\n"sv, "BM"sv, "II*\0"sv, "MM\0*"sv})
    if (head.starts_with(signature)) return true;
  return head.size() >= 16 && is_webp(head);
}

std::string unread_kind(std::string_view head) {
  constexpr unsigned char kAnimated = 2;  // a flag of VP8X
  if (head.size() > 20 && is_webp(head))
    return head.substr(12, 4) == "VP8X" && (static_cast<unsigned char>(head[20]) & kAnimated) != 0
               ? "an animated WebP image"
               : "";
  if (head.size() >= 12 && head.substr(4, 4) == "ftyp") return media_kind(head.substr(8, 4));
  struct Kind {
    std::string_view signature;
    const char* name;
  };
  static constexpr Kind kKinds[] = {
      {"GIF87a"sv, "a GIF image"},
      {"GIF89a"sv, "a GIF image"},
      {"\0\0\0\x0CjP  "sv, "a JPEG 2000 image"},
      {"\xFF\x4F\xFF\x51"sv, "a JPEG 2000 image"},
      {"\0\0\0\x0CJXL "sv, "a JPEG XL image"},
      {"\xFF\x0A"sv, "a JPEG XL image"},
      {"II+\0"sv, "a BigTIFF image"},
      {"MM\0+"sv, "a BigTIFF image"},
      {"8BPS"sv, "a Photoshop image"},
      {"\0\0\1\0"sv, "an icon"},
      {"\x76\x2F\x31\x01"sv, "an OpenEXR image"},
      {"#?RADIANCE"sv, "a Radiance HDR image"},
      {"%PDF-"sv, "a PDF document"},
      {"PK\x03\x04"sv, "a ZIP file"},
      {"\x1F\x8B"sv, "a gzip file"},
      {"version https://git-lfs"sv, "a pointer of Git LFS, not the file itself"},
  };
  for (const auto& [signature, name] : kKinds)
    if (head.starts_with(signature)) return name;
  if (head.size() > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' && (head[2] == '\n' || head[2] == ' '))
    return "a PNM image";
  const std::string text = to_lower(trim(head.substr(0, kImageHead)));
  if (text.starts_with("<svg") || text.starts_with("<?xml")) return "an SVG or XML file";
  if (text.starts_with("<!doctype html") || text.starts_with("<html")) return "a web page";
  return "";
}

}  // namespace millrace::io
