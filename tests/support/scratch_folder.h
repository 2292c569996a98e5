#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "millrace/base/error.h"

namespace millrace {

/// A folder of a test's own, removed at its end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace_test_XXXXXX").string();
    MILLRACE_ASSERT(mkdtemp(pattern.data()) != nullptr, "no temporary folder can be made");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  /// Makes a file, and the folders above it; gives its path.
  std::string write(const std::string& name, const std::string& content = "") const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }
  /// A text without the folder's path and the '/' after it, or with something in its place.
  std::string shown(std::string text, const std::string& in_place = "") const {
    const std::string path = path_.string() + (in_place.empty() ? "/" : "");
    for (size_t at; (at = text.find(path)) != std::string::npos;) text.replace(at, path.size(), in_place);
    return text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace millrace
