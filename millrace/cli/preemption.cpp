#include "millrace/cli/preemption.h"

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

namespace {

constexpr int64_t kPerMinute = 60;
constexpr size_t kMostParts = 3, kMostDigits = 8;

const std::vector<std::pair<std::string, int>>& preempting_signals() {
  static const std::vector<std::pair<std::string, int>> kSignals = {
      {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"TERM", SIGTERM}, {"HUP", SIGHUP}, {"XCPU", SIGXCPU}};
  return kSignals;
}

std::optional<int64_t> number_in(const std::string& text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const bool is_number = !text.empty() && text.size() <= kMostDigits && text[0] >= '0' && text[0] <= '9';
  if (!is_number || std::from_chars(text.data(), end, number).ptr != end) return std::nullopt;
  return number;
}

/// Of H:MM:SS, MM:SS or S; nothing if the text is none of them.
std::optional<int64_t> seconds_in(const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() > kMostParts) return std::nullopt;
  int64_t seconds = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::optional<int64_t> number = number_in(parts[i]);
    if (!number || (i > 0 && *number >= kPerMinute)) return std::nullopt;
    seconds = seconds * kPerMinute + *number;
  }
  return seconds;
}

}  // namespace

void Preemption::set_max_time(const std::string& text) {
  const std::optional<int64_t> given = seconds_in(text);
  if (!given || *given == 0)
    throw Error("--max-time must be a time above 0, as H:MM:SS, MM:SS or seconds, got '" + text + "'")
        .help("--max-time 3:50:00");
  max_time = text;
  seconds = *given;
}

void Preemption::set_signals(const std::string& names) {
  std::vector<std::string> known;
  for (const auto& [name, number] : preempting_signals()) known.push_back(name);
  signals.clear();
  for (const std::string& word : split(names, ',')) {
    const std::string name = word.starts_with("SIG") ? word.substr(3) : word;
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      throw Error("--preempt-on: no signal '" + word + "'" + did_you_mean(name, known)).note("signals: " + join(known));
    signals.push_back(preempting_signals()[static_cast<size_t>(found - known.begin())].second);
  }
  preempt_on = names;
}

bool Preemption::is_reason(int signal) const {
  if (signal == SIGALRM) return seconds > 0;
  return std::find(signals.begin(), signals.end(), signal) != signals.end();
}

}  // namespace millrace
