#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// `path` behind the folder of the sources (of the build): source_path("/tests/golden/metrics.json"). The folders are
/// known to one source alone, so that a compiler's cache serves every checkout.
std::string source_path(std::string_view path);
std::string build_path(std::string_view path);
/// The compiler that this was built with.
std::string compiler_path();

}  // namespace millrace
