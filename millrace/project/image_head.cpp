#include "millrace/project/image_head.h"

#include <algorithm>
#include <array>

#include "millrace/base/error.h"
#include "millrace/io/file.h"
#include "millrace/io/image_kind.h"

namespace millrace {

std::string fault_of_image(const std::string& path) {
  try {
    const auto file = io::open_file(path);
    std::array<char, io::kImageHead> bytes{};
    const auto size = static_cast<size_t>(std::min<int64_t>(file->size_bytes(), bytes.size()));
    if (size == 0) return "it is empty";
    file->read_at(0, {bytes.data(), size});
    const std::string_view head(bytes.data(), size);
    if (const std::string kind = io::unread_kind(head); !kind.empty()) return "it is " + kind;
    return io::begins_as_image(head) ? "" : "it begins as no image does";
  } catch (const Error& error) {
    return error.summary();
  }
}

}  // namespace millrace
