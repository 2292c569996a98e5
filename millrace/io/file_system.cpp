#include "millrace/io/file_system.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "millrace/base/error.h"
#include "millrace/io/disk_failure.h"

namespace millrace::io {
namespace {

/// Whether a path is that of an open descriptor, as links of the system lead to one: /dev/stdout, /dev/fd/3.
bool is_descriptor(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as the system follows
  std::error_code failure;
  for (int links = 0; links < kMostLinks && std::filesystem::is_symlink(path, failure); ++links) {
    const std::filesystem::path folder =
        std::filesystem::canonical(std::filesystem::absolute(path).parent_path(), failure);
    if (failure) return false;
    if (folder.filename() == "fd" && folder.string().starts_with("/proc/")) return true;
    path = folder / std::filesystem::read_symlink(path, failure);
  }
  return false;
}

class DiskOutputFile final : public OutputFile {
 public:
  DiskOutputFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~DiskOutputFile() override { ::close(descriptor_); }
  DiskOutputFile(const DiskOutputFile&) = delete;
  DiskOutputFile& operator=(const DiskOutputFile&) = delete;

  void write(std::string_view data) override {
    while (!data.empty()) {
      const ssize_t n = ::write(descriptor_, data.data(), std::min<size_t>(data.size(), size_t{1} << 30));
      if (n >= 0) {
        data.remove_prefix(static_cast<size_t>(n));
      } else if (errno != EINTR) {
        throw_system_error(path_, "cannot be written", errno);
      }
    }
  }

  void sync() override {
    if (::fsync(descriptor_) != 0) throw_system_error(path_, "cannot be brought to the disk", errno);
  }

 private:
  std::string path_;
  int descriptor_;
};

class Disk final : public FileSystem {
 public:
  Kind kind(const std::string& path) override {
    if (is_descriptor(path)) return Kind::stream;
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return Kind::nothing;
      throw_system_error(path, "cannot be looked up", errno);
    }
    return S_ISREG(facts.st_mode) ? Kind::file : S_ISDIR(facts.st_mode) ? Kind::folder : Kind::stream;
  }

  std::unique_ptr<OutputFile> open_stream(const std::string& path) override {
    // Behind what a file that is somebody's stdout has already.
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) throw_system_error(path, "cannot be opened for writing", errno);
    return std::make_unique<DiskOutputFile>(path, descriptor);
  }

  std::unique_ptr<OutputFile> create(const std::string& path) override {
    for (;;) {
      const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
      if (descriptor < 0) throw_system_error(path, "cannot be made", errno);
      auto file = std::make_unique<DiskOutputFile>(path, descriptor);
      // Some network file systems know no locks: there, two writers of one file are not noticed.
      if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw Error(Place(path), "another process is writing this file");
      struct stat opened {
      }, named{};
      if (::fstat(descriptor, &opened) != 0) throw_system_error(path, "cannot be made", errno);
      // Whoever held the lock before may have renamed the file: then this is no longer the one of that name.
      if (::stat(path.c_str(), &named) != 0 || opened.st_ino != named.st_ino || opened.st_dev != named.st_dev) continue;
      if (::ftruncate(descriptor, 0) != 0) throw_system_error(path, "cannot be emptied", errno);
      return file;
    }
  }

  std::unique_ptr<InputFile> open(const std::string& path) override { return open_file(path); }

  void rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) throw_system_error(to, "cannot be put in place", errno);
  }

  void remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw_system_error(path, "cannot be removed", errno);
  }

  void sync_folder(const std::string& path) override {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) throw_system_error(path, "the folder cannot be opened", errno);
    const int failure = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    // Some file systems cannot sync a folder, and need not.
    if (failure != 0 && failure != EINVAL && failure != ENOTSUP)
      throw_system_error(path, "the folder cannot be brought to the disk", failure);
  }
};

}  // namespace

FileSystem& disk() {
  static Disk instance;
  return instance;
}

}  // namespace millrace::io
