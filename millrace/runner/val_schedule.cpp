#include "millrace/runner/val_schedule.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {

namespace {

std::string every(int64_t interval, const std::string& unit) {
  return interval == 1 ? "every " + unit : fmt::format("every {} {}s", interval, unit);
}

}  // namespace

std::string ValSchedule::words(const std::string& unit) const {
  std::string text = "validation " + every(options_.val_interval, unit);
  for (const auto& [milestone, interval] : options_.dynamic_intervals)
    text += fmt::format(", {} from {} {} on", every(interval, unit), unit, std::max<int64_t>(1, milestone - 1));
  if (options_.val_begin > 1) text += fmt::format(", not before {} {}", unit, options_.val_begin);
  return text + fmt::format(", and after the last, {} {}", unit, last_);
}

}  // namespace millrace
