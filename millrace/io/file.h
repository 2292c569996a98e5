#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Reading and writing of local files. Errors name the path and the reason that the system gives.
namespace millrace::io {

/// A file that is read at any position. Reading is const and may be done from several threads.
class InputFile {
 public:
  virtual ~InputFile() = default;
  /// Its name in errors.
  virtual const std::string& path() const = 0;
  virtual int64_t size_bytes() const = 0;
  /// Fills `out` from `offset` on; throws Error if the file ends before.
  virtual void read_at(int64_t offset, std::span<char> out) const = 0;
};

/// Opens a regular file; throws Error if it does not exist or may not be read.
std::unique_ptr<InputFile> open_file(const std::string& path);

/// A file in memory, called `path` in errors.
std::unique_ptr<InputFile> open_memory(std::string path, std::string content);

inline constexpr int64_t kWholeFileLimit = int64_t{1} << 30;

/// The whole content of a regular file; throws Error if it has more than `limit_bytes`.
std::string read_file(const std::string& path, int64_t limit_bytes = kWholeFileLimit);

struct FolderEntry {
  std::string name;
  bool is_folder = false;
  bool operator==(const FolderEntry&) const = default;
};

/// The files and folders directly in a folder, sorted by name; throws Error if it can't be listed.
std::vector<FolderEntry> list_folder(const std::string& path);

bool file_exists(const std::string& path);

/// Makes the folder and those above it; no error if it exists.
void make_folders(const std::string& path);

}  // namespace millrace::io
