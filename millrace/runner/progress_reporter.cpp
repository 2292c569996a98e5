#include "millrace/runner/progress_reporter.h"

#include "millrace/hub/message_hub.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/train_loop.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"

namespace millrace {

void ProgressReporter::before_epoch(EpochPoint&) {
  began_ = Clock::now();
  samples_ = 0;
}

void ProgressReporter::after_iter(IterPoint& point) {
  samples_ += point.batch.size();
  const Clock::time_point now = Clock::now();
  if (now - told_ < std::chrono::milliseconds(100)) return;
  told_ = now;
  Runner& runner = point.runner;
  RunStatus status;
  status.mode = point.mode;
  if (point.mode == Mode::train) {
    status.epoch = runner.epoch();
    status.max_epochs = runner.train_loop().by_epoch() ? runner.max_epochs() : 0;
    status.iter = point.done;
    status.max_iters = runner.max_iters();
    // On a CPU the number is at hand; elsewhere it would stop the device, so what the log has fetched is shown.
    if (point.losses && point.losses->has_total() && point.losses->total().is_cpu())
      loss_ = point.losses->total().item<double>();
  } else {
    status.iter = point.done;
    status.max_iters = runner.loader_length(point.mode);
  }
  status.loss = loss_;
  if (const State* eta = runner.hub().find_info("eta")) status.seconds_left = eta->number();
  const double seconds = std::chrono::duration<double>(now - began_).count();
  if (seconds > 0) status.samples_per_second = static_cast<double>(samples_) / seconds;
  control_.on_progress(status);
}

}  // namespace millrace
