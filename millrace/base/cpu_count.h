#pragma once

namespace millrace {

/// The processors that this process may use: those of its affinity mask, at most as many as its cgroup's quota pays for
/// (cgroup v2 cpu.max or v1 cfs quota, rounded up), at least 1.
int usable_cpus();

/// Threads of an operator where nobody says how many: OMP_NUM_THREADS (the first number, where it is a list) if that is
/// 1 to kMostThreads, else usable_cpus().
int default_threads();
inline constexpr int kMostThreads = 1024;

}  // namespace millrace
