#include "millrace/tensor/short_waits.h"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>

#include "millrace/base/cpu_count.h"

namespace millrace {

namespace {

// What a compiler calls for `#pragma omp parallel`. We are not compiled with -fopenmp; libtorch brings the library.
using StartTeam = void (*)(void (*body)(void*), void* data, unsigned threads, unsigned flags);

StartTeam start_team() {
  static const auto function = reinterpret_cast<StartTeam>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return function;
}

}  // namespace

ShortWaits::ShortWaits(int threads) {
  if (!start_team()) return;
  // The holder itself is not counted: with the operators' threads, the team has to be more than the processors.
  const auto size = static_cast<unsigned>(std::max(2, usable_cpus() - threads + 2));
  holder_ = std::thread([this, size] { hold_team(size); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_held_; });
}

ShortWaits::~ShortWaits() {
  if (!holder_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  holder_.join();
}

void ShortWaits::hold_team(unsigned size) {
#ifdef __linux__
  pthread_setname_np(pthread_self(), "short waits");
#endif
  start_team()([](void*) {}, nullptr, size, 0);
  std::unique_lock lock(mutex_);
  is_held_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return is_over_; });
}

}  // namespace millrace
