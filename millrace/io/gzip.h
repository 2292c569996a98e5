#pragma once

#include <cstdint>
#include <string>

#include "millrace/io/file.h"

namespace millrace::io {

/// The content of a file that may be compressed with gzip (RFC 1952); one that is not (no bytes 1f 8b at its start) is
/// given as it is. Several gzip members one after the other are one content; checksums and lengths are verified.
///
/// Throws Error if the file is truncated or corrupt, or the content has more than `limit_bytes` bytes: memory stays in
/// that order, whatever the file claims.
std::string read_maybe_gzip(const std::string& path, int64_t limit_bytes = kWholeFileLimit);

}  // namespace millrace::io
