#pragma once

#include <functional>
#include <string>

namespace millrace::io {

/// Keeps other processes out of a folder while it lives. The system itself gives the lock up when the process ends,
/// however it ends, so that a killed one leaves nothing behind that keeps the next one out.
///
///     const io::FolderLock lock("work_dirs/lenet");
///
/// It is an advisory lock (flock) on the file `.lock` in the folder, which notes the process and is removed at the end.
/// Only who asks for the lock is kept out. Some network file systems know no locks: then nobody is, and notice() says
/// so.
class FolderLock {
 public:
  /// flock(2), or what a test has in its place.
  using Flock = std::function<int(int descriptor, int operation)>;

  /// Makes the folder. Throws Error, which names the process, if another one has the lock, or if the file can't be
  /// made.
  explicit FolderLock(std::string folder, const Flock& lock_file = {});
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// Why nobody is kept out; "" if others are.
  const std::string& notice() const { return notice_; }

 private:
  bool names_own_file() const;

  std::string path_;
  std::string notice_;
  int descriptor_ = -1;
};

}  // namespace millrace::io
