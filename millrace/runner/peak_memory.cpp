#include "millrace/runner/peak_memory.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

namespace millrace {

namespace {

/// A line "NAME:   1234 kB" of a file of /proc, in bytes; -1 if there is none.
int64_t kilobytes_line(const char* file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + ":")) return std::atoll(line.c_str() + name.size() + 1) * 1024;
  return -1;
}

int64_t number_in(const char* file) {
  std::ifstream in(file);
  int64_t number = -1;
  return in >> number ? number : -1;
}

}  // namespace

void PeakMemory::reset() { std::ofstream("/proc/self/clear_refs") << "5"; }

int64_t PeakMemory::bytes() { return std::max<int64_t>(0, kilobytes_line("/proc/self/status", "VmHWM")); }

int64_t PeakMemory::available() {
  int64_t free = kilobytes_line("/proc/meminfo", "MemAvailable");
  const int64_t limit = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
  if (limit > 0 && used >= 0) free = free < 0 ? limit - used : std::min(free, limit - used);
  return free;
}

}  // namespace millrace
