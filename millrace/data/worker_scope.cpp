#include "millrace/data/worker_scope.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <pthread.h>
#ifdef __linux__
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace millrace {

namespace {

/// OpenMP's number of threads is kept per thread. libtorch brings the library; we are not compiled with -fopenmp and
/// would not link it otherwise.
void set_openmp_threads(int threads) {
  using Setter = void (*)(int);
  static const Setter set = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (set) set(threads);
}

}  // namespace

// Asking for the number of threads first makes ATen set up this thread, which would undo ours later.
WorkerScope::WorkerScope() : threads_(at::get_num_threads()) {
  if (threads_ != 1) set_openmp_threads(1);
}

WorkerScope::~WorkerScope() {
  if (threads_ != 1) set_openmp_threads(threads_);
}

void become_background_thread(const char* name) {
#ifdef __linux__
  constexpr int kNice = 10;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  pthread_setname_np(pthread_self(), name);
#endif
}

}  // namespace millrace
