#include "millrace/io/disk_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace millrace::io {
namespace {

bool is_of_the_machine(int code) {
  return code == ENOSPC || code == EDQUOT || code == EFBIG || code == EIO || code == ENOMEM || code == ENFILE;
}

}  // namespace

void throw_system_error(const std::string& path, std::string_view what, int code) {
  const std::string text = fmt::format("{}: {}", what, std::error_code(code, std::generic_category()).message());
  if (is_of_the_machine(code)) throw DiskFailure(Place(path), text);
  throw Error(Place(path), text);
}

}  // namespace millrace::io
