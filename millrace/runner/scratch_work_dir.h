#pragma once

#include <filesystem>

namespace millrace {

/// A folder for a run of which nothing is kept: it goes with the object.
class ScratchWorkDir {
 public:
  /// Throws Error if the system's folder for temporary files can't be written.
  ScratchWorkDir();
  ~ScratchWorkDir();
  ScratchWorkDir(const ScratchWorkDir&) = delete;
  ScratchWorkDir& operator=(const ScratchWorkDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace millrace
