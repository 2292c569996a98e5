#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace millrace {

/// Processor time up to a moment, of the processors that this process may use.
struct CpuLoad {
  double at_s = 0;   // the moment, of the steady clock
  double all_s = 0;  // what all processes have used
  double own_s = 0;  // what this process has used, on all its threads
};

/// The load up to now; nullopt if the system does not say it, or if the cgroup has a quota: then other processes may be
/// busy without taking anything away from this one.
std::optional<CpuLoad> cpu_load();

/// What the text of /proc/stat has for these processors: user, nice and system time.
double busy_seconds(std::string_view proc_stat, std::span<const int> cpus, double ticks_a_second);

/// How many processors the other processes used between two moments: about 1 beside one busy process.
double used_by_others(const CpuLoad& before, const CpuLoad& after);

/// Judges whether other processes take processors that the threads of an operator need. Both answers are slow to
/// change: a neighbour has to be there twice in a row, or to be gone four times.
class NeighbourJudge {
 public:
  NeighbourJudge(int threads, int cpus);
  /// `others`: the processors that other processes have used since the last call.
  bool look(double others);

 private:
  double spare_;  // processors that operators leave free
  int in_a_row_ = 0;
  bool crowded_ = false;
};

}  // namespace millrace
