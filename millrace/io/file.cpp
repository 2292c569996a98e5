#include "millrace/io/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "millrace/base/error.h"
#include "millrace/io/disk_failure.h"

namespace millrace::io {
namespace {

std::string reason_of(int code) { return std::error_code(code, std::generic_category()).message(); }

class DiskInputFile final : public InputFile {
 public:
  explicit DiskInputFile(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat facts {};
    if (descriptor_ < 0) {
      const int code = errno;
      if (code == ENOENT) throw Error(Place(path), "no such file");
      throw Error(Place(path), "cannot be opened: " + reason_of(code));
    }
    if (::fstat(descriptor_, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      ::close(descriptor_);
      throw Error(Place(path), S_ISDIR(facts.st_mode) ? "is a folder, not a file" : "is not a regular file");
    }
    size_bytes_ = facts.st_size;
  }
  ~DiskInputFile() override { ::close(descriptor_); }
  DiskInputFile(const DiskInputFile&) = delete;
  DiskInputFile& operator=(const DiskInputFile&) = delete;

  const std::string& path() const override { return path_; }
  int64_t size_bytes() const override { return size_bytes_; }
  void read_at(int64_t offset, std::span<char> out) const override {
    size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = ::pread(descriptor_, out.data() + done, out.size() - done, offset + static_cast<int64_t>(done));
      if (n > 0) {
        done += static_cast<size_t>(n);
      } else if (n == 0) {
        throw Error(Place(path_),
                    fmt::format("truncated: ends before byte {}", offset + static_cast<int64_t>(out.size())));
      } else if (errno != EINTR) {
        throw Error(Place(path_), "cannot be read: " + reason_of(errno));
      }
    }
  }

 private:
  std::string path_;
  int descriptor_;
  int64_t size_bytes_ = 0;
};

class MemoryInputFile final : public InputFile {
 public:
  MemoryInputFile(std::string path, std::string content) : path_(std::move(path)), content_(std::move(content)) {}
  const std::string& path() const override { return path_; }
  int64_t size_bytes() const override { return static_cast<int64_t>(content_.size()); }
  void read_at(int64_t offset, std::span<char> out) const override {
    if (offset < 0 || offset > size_bytes() || static_cast<int64_t>(out.size()) > size_bytes() - offset)
      throw Error(Place(path_),
                  fmt::format("truncated: ends before byte {}", offset + static_cast<int64_t>(out.size())));
    std::copy_n(content_.data() + offset, out.size(), out.data());
  }

 private:
  std::string path_;
  std::string content_;
};

}  // namespace

std::unique_ptr<InputFile> open_file(const std::string& path) { return std::make_unique<DiskInputFile>(path); }

std::unique_ptr<InputFile> open_memory(std::string path, std::string content) {
  return std::make_unique<MemoryInputFile>(std::move(path), std::move(content));
}

std::string read_file(const std::string& path, int64_t limit_bytes) {
  const DiskInputFile file(path);
  if (file.size_bytes() > limit_bytes)
    throw Error(Place(path), fmt::format("has {} bytes, {} at most are read", file.size_bytes(), limit_bytes));
  std::string content(static_cast<size_t>(file.size_bytes()), '\0');
  file.read_at(0, content);
  return content;
}

std::vector<FolderEntry> list_folder(const std::string& path) {
  std::vector<FolderEntry> entries;
  std::error_code failure;
  for (std::filesystem::directory_iterator it(path, failure), end; !failure && it != end; it.increment(failure)) {
    std::error_code ignored;
    entries.push_back({it->path().filename().string(), it->is_directory(ignored)});
  }
  if (failure) throw Error(Place(path), "the folder cannot be listed: " + failure.message());
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

bool file_exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

void make_folders(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) throw_system_error(path, "the folder cannot be made", failure.value());
}

}  // namespace millrace::io
