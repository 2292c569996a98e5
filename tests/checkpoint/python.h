#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "millrace/io/file.h"
#include "tests/support/places.h"

namespace millrace {

/// What a shell command writes to its output, and whether it ended well.
inline std::pair<std::string, bool> output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return {"", false};
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  return {output, pclose(pipe) == 0};
}

/// A Python that has torch: $MILLRACE_PYTHON, that of .venv, or python3; "" if there is none.
inline const std::string& python_with_torch() {
  static const std::string found = [] {
    const char* named = std::getenv("MILLRACE_PYTHON");
    for (const std::string& python :
         {std::string(named ? named : ""), source_path("/.venv/bin/python3"), std::string("python3")})
      if (!python.empty() && output_of("'" + python + "' -c 'import torch' 2>&1").second) return python;
    return std::string();
  }();
  return found;
}

}  // namespace millrace
