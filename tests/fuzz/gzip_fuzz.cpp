#include "millrace/io/gzip.h"

#include <fstream>

#include "millrace/base/error.h"
#include "tests/fuzz/readers.h"
#include "tests/support/scratch_folder.h"

namespace millrace::fuzz {

bool gzip(std::string_view bytes) {
  static const ScratchFolder folder;
  const std::string path = folder / "x.gz";
  std::ofstream(path, std::ios::binary) << bytes;
  constexpr int64_t kLimit = 1 << 20;
  try {
    MILLRACE_ASSERT(io::read_maybe_gzip(path, kLimit).size() <= static_cast<size_t>(kLimit),
                    "a limit that does not hold");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
