#pragma once

namespace millrace {

/// The processors that this process may use: those of its affinity mask, at most as many as its cgroup's quota pays for
/// (cgroup v2 cpu.max or v1 cfs quota, rounded up), at least 1.
int usable_cpus();

}  // namespace millrace
