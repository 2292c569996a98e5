#pragma once

#include <string>
#include <string_view>

#include "millrace/base/error.h"

namespace millrace::io {

/// What the machine lacks, and no other command or config mends: space, a quota, a disk that answers. The command prints
/// it like any Error and exits 1.
class DiskFailure final : public Error {
 public:
  using Error::Error;
};

/// Throws "PATH: WHAT: No space left on device": a DiskFailure if `code` (of errno) is one, else an Error.
[[noreturn]] void throw_system_error(const std::string& path, std::string_view what, int code);

}  // namespace millrace::io
