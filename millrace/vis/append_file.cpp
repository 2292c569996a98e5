#include "millrace/vis/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "millrace/io/disk_failure.h"

namespace millrace {

void AppendFile::open(const std::filesystem::path& path) {
  close();
  path_ = path;
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) io::throw_system_error(path.string(), "cannot be opened for writing", errno);
}

void AppendFile::append(std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(file_, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) io::throw_system_error(path_.string(), "cannot be written", errno);
    data.remove_prefix(static_cast<size_t>(written));
  }
}

int64_t AppendFile::size_bytes() const { return static_cast<int64_t>(std::filesystem::file_size(path_)); }

void AppendFile::cut(int64_t size) {
  if (size >= 0 && size < size_bytes()) std::filesystem::resize_file(path_, static_cast<std::uintmax_t>(size));
}

void AppendFile::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

}  // namespace millrace
