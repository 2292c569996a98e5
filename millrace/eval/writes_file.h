#pragma once

#include <string>

namespace millrace {

/// A metric that writes a file when it computes: the loop logs where.
class WritesFile {
 public:
  virtual ~WritesFile() = default;
  virtual const std::string& path() const = 0;
};

}  // namespace millrace
