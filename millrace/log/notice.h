#pragma once

#include <string>

#include "millrace/log/logger.h"

namespace millrace {

/// What a part found out while it was built, when it had no logger yet. It is logged when the part joins a run.
struct Notice {
  LogLevel level;
  std::string text;
};

}  // namespace millrace
