#include "millrace/io/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/io/disk_failure.h"
#include "millrace/io/file.h"

namespace millrace::io {
namespace {

/// "process 4711 on node3": this one, as others read it.
std::string this_process() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return "process " + std::to_string(::getpid()) + (host[0] ? " on " + std::string(host.data()) : "");
}

std::string text_of(int descriptor) {
  std::array<char, 512> text{};
  const ssize_t length = ::pread(descriptor, text.data(), text.size(), 0);
  return length <= 0 ? "" : std::string(trim(std::string_view(text.data(), static_cast<size_t>(length))));
}

}  // namespace

FolderLock::FolderLock(std::string folder, const Flock& lock_file) : path_(folder + "/.lock") {
  make_folders(folder);
  while (true) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw_system_error(path_, "cannot make the lock of the folder", errno);
    const int failure =
        (lock_file ? lock_file(descriptor_, LOCK_EX | LOCK_NB) : ::flock(descriptor_, LOCK_EX | LOCK_NB));
    if (failure == 0 && names_own_file()) break;
    const int reason = failure == 0 ? EINTR : errno;  // its last owner removed the file while this one came
    const std::string owner = text_of(descriptor_);
    ::close(descriptor_);
    descriptor_ = -1;
    if (reason == EINTR) continue;
    if (reason == EWOULDBLOCK)
      throw Error(folder + ": another training runs in this folder" + (owner.empty() ? "" : ": " + owner));
    notice_ = path_ + ": the file system has no locks (" + std::strerror(reason) +
              "), so nothing keeps a second training out of this folder";
    return;
  }
  const std::string owner = this_process() + "\n";
  if (::ftruncate(descriptor_, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(descriptor_, owner.data(), owner.size(), 0);  // for people alone
}

FolderLock::~FolderLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

bool FolderLock::names_own_file() const {
  struct stat held {
  }, named{};
  return ::fstat(descriptor_, &held) == 0 && ::stat(path_.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

}  // namespace millrace::io
