#include "millrace/base/error.h"
#include "millrace/base/utf8.h"
#include "millrace/io/text.h"
#include "tests/fuzz/readers.h"

namespace millrace::fuzz {

bool text(std::string_view bytes) {
  if (bytes.empty()) return false;
  const auto encoding = static_cast<io::Encoding>(static_cast<unsigned char>(bytes[0]) % 6);
  try {
    const std::string read = io::text_of(std::string(bytes.substr(1)), Place("x"), encoding);
    MILLRACE_ASSERT(first_invalid_utf8(read) == std::string::npos, "text that is not UTF-8");
    MILLRACE_ASSERT(read.find_first_of(std::string_view("\r\0", 2)) == std::string::npos, "text with a CR or a NUL");
    io::for_each_line(read, [](std::string_view line, int) { MILLRACE_ASSERT(!line.empty(), "a blank line"); });
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
