#pragma once

namespace millrace {

/// The number of processors that this process may use, at least 1: those of its affinity mask, limited by the quota of
/// its cgroup (v2 cpu.max or v1 cfs quota, rounded up).
int usable_cpus();

/// Processors' worth of that quota; 0 without one.
double cpu_quota();

/// The default number of threads of each operator: OMP_NUM_THREADS (its first number, if it is a list) if that is 1 to
/// kMostThreads, else usable_cpus().
int default_threads();
inline constexpr int kMostThreads = 1024;

}  // namespace millrace
