#include "millrace/io/kept_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"

namespace millrace::io {

KeptFile::KeptFile(std::string path) : path_(std::move(path)) {
  if (file_exists(path_)) content_ = read_file(path_);
}

void KeptFile::put_back() const {
  if (!content_) {
    std::error_code absent;
    std::filesystem::remove(path_, absent);
    return;
  }
  try {
    write_atomically(path_, *content_);
  } catch (const Error&) {
    // The error that is on its way says more than this one.
  }
}

}  // namespace millrace::io
