#include "millrace/log/duration.h"

#include <fmt/format.h>

namespace millrace {

std::string duration_text(int64_t seconds) {
  constexpr int64_t kDay = 86'400;
  int64_t days = seconds / kDay;
  int64_t rest = seconds % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  const std::string clock = fmt::format("{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
  if (days == 0) return clock;
  return fmt::format("{} day{}, {}", days, days == 1 || days == -1 ? "" : "s", clock);
}

}  // namespace millrace
