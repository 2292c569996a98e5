#include "millrace/base/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "millrace/base/text.h"

namespace millrace {

double cpu_quota() {
  // The file of the cgroup that a container sees as its root; a nested cgroup's own limit is its starter's business.
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2) {
    std::string quota;
    double period = 0;
    if (v2 >> quota >> period && quota != "max" && period > 0) return std::stod(quota) / period;
    return 0;
  }
  double quota = 0, period = 0;
  std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") >> quota;
  std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_period_us") >> period;
  return quota > 0 && period > 0 ? quota / period : 0;
}

int usable_cpus() {
  int count = static_cast<int>(std::thread::hardware_concurrency());
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
  if (const double quota = cpu_quota(); quota > 0) count = std::min(count, static_cast<int>(std::ceil(quota)));
  return std::max(count, 1);
}

int default_threads() {
  if (const char* told = std::getenv("OMP_NUM_THREADS")) {
    const std::string_view list = told, text = trim(list.substr(0, list.find(',')));
    int threads = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), threads);
    if (failure == std::errc() && end == text.data() + text.size() && threads >= 1 && threads <= kMostThreads)
      return threads;
  }
  return usable_cpus();
}

}  // namespace millrace
