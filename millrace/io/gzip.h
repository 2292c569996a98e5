#pragma once

#include <cstdint>
#include <string>

#include "millrace/io/file.h"

namespace millrace::io {

/// The content of a file that may be compressed with gzip (RFC 1952). A file that is not (it does not begin with the
/// bytes 1f 8b) is returned as it is. Several gzip members in a row are one content; checksums and lengths are
/// verified.
///
/// Throws Error if the file is truncated or corrupt, or the content has more than `limit_bytes` bytes. So memory stays
/// in that order, whatever the file claims.
std::string read_maybe_gzip(const std::string& path, int64_t limit_bytes = kWholeFileLimit);

}  // namespace millrace::io
