#include "millrace/base/neighbours.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "millrace/base/cpu_count.h"

namespace millrace {

namespace {

// Shares of one processor. A machine that runs nothing else shows up to 0.05, since the kernel counts whole ticks; a
// process that competes with a thread for a processor gets a third of it at least.
constexpr double kCrowded = 0.25, kAlone = 0.15;
constexpr int kLooksUntilCrowded = 2, kLooksUntilAlone = 4;

std::vector<int> usable_cpu_numbers() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

/// The next number of a line; 0 at its end.
double take_number(std::string_view& line) {
  const size_t begin = line.find_first_of("0123456789");
  if (begin == std::string_view::npos) return line = {}, 0;
  unsigned long long number = 0;
  const char* end = std::from_chars(line.data() + begin, line.data() + line.size(), number).ptr;
  line.remove_prefix(static_cast<size_t>(end - line.data()));
  return static_cast<double>(number);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

double busy_seconds(std::string_view proc_stat, std::span<const int> cpus, double ticks_a_second) {
  double ticks = 0;
  while (!proc_stat.empty()) {
    const size_t end = std::min(proc_stat.find('\n'), proc_stat.size());
    std::string_view line = proc_stat.substr(0, end);
    proc_stat.remove_prefix(std::min(end + 1, proc_stat.size()));
    if (!line.starts_with("cpu") || line.starts_with("cpu ")) continue;  // the first line is the sum of all processors
    const int cpu = static_cast<int>(take_number(line));
    if (std::find(cpus.begin(), cpus.end(), cpu) == cpus.end()) continue;
    for (int i = 0; i < 3; ++i) ticks += take_number(line);
  }
  return ticks / ticks_a_second;
}

std::optional<CpuLoad> cpu_load() {
  if (cpu_quota() > 0) return std::nullopt;
  std::ifstream file("/proc/stat");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  rusage own{};
  if (text.empty() || getrusage(RUSAGE_SELF, &own) != 0) return std::nullopt;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return CpuLoad{.at_s = std::chrono::duration<double>(now).count(),
                 .all_s = busy_seconds(text, usable_cpu_numbers(), static_cast<double>(sysconf(_SC_CLK_TCK))),
                 .own_s = seconds(own.ru_utime) + seconds(own.ru_stime)};
}

double used_by_others(const CpuLoad& before, const CpuLoad& after) {
  const double wall_s = after.at_s - before.at_s;
  if (wall_s <= 0) return 0;
  return std::max(0.0, ((after.all_s - before.all_s) - (after.own_s - before.own_s)) / wall_s);
}

NeighbourJudge::NeighbourJudge(int threads, int cpus) : spare_(std::max(0, cpus - threads)) {}

bool NeighbourJudge::look(double others) {
  const double taken = others - spare_;
  const bool against = crowded_ ? taken < kAlone : taken > kCrowded;
  in_a_row_ = against ? in_a_row_ + 1 : 0;
  if (in_a_row_ >= (crowded_ ? kLooksUntilAlone : kLooksUntilCrowded)) {
    crowded_ = !crowded_;
    in_a_row_ = 0;
  }
  return crowded_;
}

}  // namespace millrace
