#include "millrace/io/new_folders.h"

#include <system_error>

namespace millrace::io {

namespace fs = std::filesystem;

NewFolders::NewFolders(const fs::path& folder) {
  std::error_code failure;
  fs::path path = fs::absolute(folder, failure).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "work/"
  while (path.has_relative_path() && !fs::exists(fs::symlink_status(path, failure))) {
    absent_.push_back(path);
    path = path.parent_path();
  }
}

NewFolders::~NewFolders() {
  std::error_code failure;
  for (const fs::path& folder : absent_)
    if (!fs::is_directory(folder, failure) || !fs::is_empty(folder, failure) || !fs::remove(folder, failure)) return;
}

}  // namespace millrace::io
