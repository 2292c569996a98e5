#pragma once

#include <ATen/core/grad_mode.h>

namespace millrace {

/// For its life, this thread makes data: operators run in it alone (one ATen and OpenMP thread) and record no
/// gradients.
///
/// The number of threads of other threads stays as it is: at::set_num_threads would change it for every thread to come.
/// The training thread uses the same scope where there are no workers, so that results have the same bits.
class WorkerScope {
 public:
  WorkerScope();
  ~WorkerScope();
  WorkerScope(const WorkerScope&) = delete;
  WorkerScope& operator=(const WorkerScope&) = delete;

 private:
  at::NoGradGuard no_grad_;
  int threads_;
};

/// Lets this thread give way to those that train (nice +10), for the rest of its life, and names it in process lists.
void become_background_thread(const char* name);

}  // namespace millrace
