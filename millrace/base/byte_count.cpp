#include "millrace/base/byte_count.h"

#include <fmt/format.h>

#include <charconv>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

int64_t bytes_of(const std::string& text) {
  const std::string_view all = trim(text);
  double number = 0;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), number);
  std::string unit = to_lower(trim(all.substr(static_cast<size_t>(end - all.data()))));
  if (unit.ends_with("ib")) unit.resize(unit.size() - 2);
  else if (unit.ends_with("b")) unit.resize(unit.size() - 1);
  static const std::string kUnits = " kmgt";
  const size_t power = unit.empty() ? 0 : unit.size() == 1 ? kUnits.find(unit) : std::string::npos;
  if (error != std::errc() || power == std::string::npos || !(number > 0))
    throw Error("'" + text + "' is no amount of memory").help("--memory 4G");
  for (size_t i = 0; i < power; ++i) number *= 1024;
  return static_cast<int64_t>(number);
}

std::string bytes_text(int64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (bytes >= int64_t{1} << 30) return fmt::format("{:.1f} GiB", number / (1 << 30));
  return fmt::format("{:.0f} MiB", number / (1 << 20));
}

}  // namespace millrace
