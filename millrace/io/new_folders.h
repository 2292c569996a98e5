#pragma once

#include <filesystem>
#include <vector>

namespace millrace::io {

/// Sees to it that nothing is left of folders that were made for nothing: notes which folders of a path are not there
/// yet, and at its end removes those that are there by then and empty.
///
///     const io::NewFolders made("work_dirs/lenet");
///     make_folders("work_dirs/lenet");
class NewFolders {
 public:
  explicit NewFolders(const std::filesystem::path& folder);
  ~NewFolders();
  NewFolders(const NewFolders&) = delete;
  NewFolders& operator=(const NewFolders&) = delete;

 private:
  std::vector<std::filesystem::path> absent_;  // the innermost first
};

}  // namespace millrace::io
