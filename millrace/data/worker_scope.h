#pragma once

#include <ATen/core/grad_mode.h>

namespace millrace {

/// While it lives, this thread makes data: operators use one ATen and OpenMP thread and record no gradients.
///
/// It does not change the number of threads for other threads, as at::set_num_threads would for later ones. Without
/// workers the training thread uses the same scope, so that results have the same bits.
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

/// Lowers the priority of this thread below that of training threads (nice +10), for the rest of its life, and gives it
/// a name in process lists.
void become_background_thread(const char* name);

}  // namespace millrace
