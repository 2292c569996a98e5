#include "millrace/project/image_head.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "millrace/base/error.h"
#include "millrace/io/file.h"

namespace millrace {

namespace {

using std::string_view_literals::operator""sv;

/// The signatures that the engine's reader goes by, too: a room below it can't ask it.
bool begins_as_image(std::string_view head) {
  for (const std::string_view signature : {"\xFF\xD8\xFF"sv, "\x89PNG\r\n\x1A\n"sv, "BM"sv, "II*\0"sv, "MM\0*"sv})
    if (head.starts_with(signature)) return true;
  return head.size() >= 16 && head.starts_with("RIFF"sv) && head.substr(8, 4) == "WEBP"sv;
}

}  // namespace

std::string fault_of_image(const std::string& path) {
  try {
    const auto file = io::open_file(path);
    std::array<char, 16> bytes{};
    const auto size = static_cast<size_t>(std::min<int64_t>(file->size_bytes(), bytes.size()));
    if (size == 0) return "it is empty";
    file->read_at(0, {bytes.data(), size});
    return begins_as_image({bytes.data(), size}) ? "" : "it begins as no image does";
  } catch (const Error& error) {
    return error.summary();
  }
}

}  // namespace millrace
