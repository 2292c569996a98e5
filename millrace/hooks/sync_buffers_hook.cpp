#include "millrace/hooks/sync_buffers_hook.h"

#include <ATen/core/grad_mode.h>

#include <utility>

#include "millrace/dist/ranks.h"
#include "millrace/model/model.h"
#include "millrace/runner/runner.h"

namespace millrace {

void SyncBuffersHook::sync(Runner& runner) {
  Ranks& ranks = runner.context().ranks;
  if (!std::exchange(is_due_, false) || ranks.size() == 1) return;
  const at::NoGradGuard no_grad;
  runner.model().modules().walk([&](const ModuleView& view) {
    for (const ModuleView::Named& buffer : view.buffers) {
      if (!buffer.tensor.is_floating_point()) continue;
      ranks.all_reduce_(buffer.tensor, Ranks::Reduce::sum);
      at::Tensor(buffer.tensor).div_(ranks.size());
    }
  });
}

void SyncBuffersHook::after_train_epoch(RunPoint& point) { sync(point.runner); }

void SyncBuffersHook::before_val_epoch(RunPoint& point) { sync(point.runner); }

MILLRACE_REGISTER(Hook, SyncBuffersHook);

}  // namespace millrace
