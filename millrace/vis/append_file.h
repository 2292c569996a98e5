#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace millrace {

/// A file that grows at its end and can be cut; backends write their records to it.
class AppendFile {
 public:
  AppendFile() = default;
  ~AppendFile() { close(); }
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Makes the file if it does not exist. Throws Error with the path.
  void open(const std::filesystem::path& path);
  bool is_open() const { return file_ >= 0; }
  void append(std::string_view data);
  int64_t size_bytes() const;
  /// A file that is already shorter than `size_bytes` does not change.
  void cut(int64_t size_bytes);
  void close();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace millrace
