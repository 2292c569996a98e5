#include "millrace/hooks/memory_hook.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "millrace/runner/runner.h"

namespace millrace {

namespace {

/// The resident set of this process in MiB; nothing where the system does not tell.
std::optional<double> resident_mib() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "r"), &std::fclose);
  long whole = 0, resident = 0;  // in pages
  if (!file || std::fscanf(file.get(), "%ld %ld", &whole, &resident) != 2) return std::nullopt;
  constexpr double kPerMib = 1 << 20;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / kPerMib;
}

}  // namespace

MemoryHook::MemoryHook(Options options) : options_(checked<MemoryHook>(std::move(options))) {}

void MemoryHook::before_train(RunPoint& point) {
  id_ = point.runner.hub().scalar(mode_tag(Mode::train, "memory"));
  next_.reset();
}

void MemoryHook::after_train_iter(TrainIter& point) {
  const Clock::time_point now = Clock::now();
  if (next_ && now < *next_) return;
  next_ = now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
  if (const std::optional<double> memory = resident_mib()) point.runner.hub().update(*id_, *memory);
}

MILLRACE_REGISTER(Hook, MemoryHook);

}  // namespace millrace
