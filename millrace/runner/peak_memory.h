#pragma once

#include <cstdint>

namespace millrace {

/// The most memory that this process had resident since reset(), in bytes; 0 if the system does not tell.
struct PeakMemory {
  /// Begins anew, where the system lets it (Linux: /proc/self/clear_refs); else the peak is that of the whole process.
  static void reset();
  static int64_t bytes();
  /// What the process may still take beside what it has: the memory that is free, or what its cgroup leaves; -1 if the
  /// system does not tell.
  static int64_t available();
};

}  // namespace millrace
