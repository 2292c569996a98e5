#pragma once

#include <cstdint>
#include <string>

namespace millrace {

/// "0:01:12", "3:05:41", "1 day, 2:03:04", "12 days, 0:00:00": whole seconds, as Python writes a timedelta.
std::string duration_text(int64_t seconds);

}  // namespace millrace
