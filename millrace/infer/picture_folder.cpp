#include "millrace/infer/picture_folder.h"

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/io/atomic_file.h"
#include "millrace/picture/png.h"

namespace millrace {
namespace {

constexpr const char* kSoftware = "millrace predict";

bool is_drawn(const std::string& path) {
  try {
    const auto file = io::open_file(path);
    std::string beginning(static_cast<size_t>(std::min<int64_t>(file->size_bytes(), 256)), '\0');
    file->read_at(0, beginning);
    return png_software(beginning) == kSoftware;
  } catch (const Error&) {  // what can't be read is not ours
    return false;
  }
}

}  // namespace

PictureFolder::PictureFolder(const std::string& folder) : made_(folder), folder_(folder) { io::make_folders(folder); }

bool PictureFolder::has_drawn(const std::string& file) const {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::error_code absent;
  return std::filesystem::equivalent(folder.empty() ? "." : folder, folder_, absent) && is_drawn(file);
}

std::string PictureFolder::write(const std::string& file, const RgbImage& picture) {
  const std::string path = path_of(free_name(file)).string();
  io::write_atomically(path, encode_png(picture, kSoftware));
  return path;
}

std::string PictureFolder::free_name(const std::filesystem::path& file) {
  std::string name = file.stem().string();
  if (take(name)) return name;
  const std::string folder = file.parent_path().filename().string();
  if (!folder.empty() && folder != "." && folder != "..") {
    name = folder + "_" + name;
    if (take(name)) return name;
  }
  for (int number = 2;; ++number)
    if (const std::string next = name + "_" + std::to_string(number); take(next)) return next;
}

/// Also a link that leads nowhere takes a name.
bool PictureFolder::take(const std::string& name) {
  std::error_code absent;
  const std::filesystem::path path = path_of(name);
  const bool is_there = std::filesystem::exists(std::filesystem::symlink_status(path, absent));
  return (!is_there || is_drawn(path.string())) && taken_.insert(name).second;
}

}  // namespace millrace
