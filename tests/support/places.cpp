#include "tests/support/places.h"

namespace millrace {

std::string source_path(std::string_view path) { return MILLRACE_SOURCE_DIR + std::string(path); }
std::string compiler_path() { return MILLRACE_COMPILER; }
std::string build_path(std::string_view path) { return MILLRACE_BINARY_DIR + std::string(path); }

}  // namespace millrace
