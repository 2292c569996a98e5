#include "millrace/cli/run_session.h"

#include <malloc.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdio>

#include "millrace/log/progress_bar.h"
#include "millrace/log/terminal.h"

namespace millrace {
namespace {

void raise_allocator_thresholds() {
  // Tensors of a step are freed and taken again: without this, blocks over 32 MB go back to the system each time. Both
  // or none: the second alone freezes the first at 128 KiB, which doubles the time of a small step.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

ProgressBar::Frame frame_of(const RunStatus& status) {
  ProgressBar::Frame frame;
  frame.label = status_label(status);
  frame.done = status.iter;
  frame.total = status.max_iters;
  if (status.mode == Mode::train && std::isfinite(status.loss)) frame.loss = status.loss;
  if (status.samples_per_second > 0) frame.per_second = status.samples_per_second;
  frame.unit = "samples";
  if (status.seconds_left >= 0) frame.eta_s = status.seconds_left;
  return frame;
}

}  // namespace

std::string status_label(const RunStatus& status) {
  if (status.mode == Mode::val) return "val";
  if (status.mode == Mode::test) return "test";
  if (status.max_epochs == 0) return "train";
  return "train " + std::to_string(std::min(status.epoch + 1, status.max_epochs)) + "/" +
         std::to_string(status.max_epochs);
}

RunSession::RunSession() : terminal_(std::make_shared<Terminal>(stderr)) {
  raise_allocator_thresholds();
  outlive_readers();
  if (terminal_->is_interactive()) {
    bar_ = std::make_unique<ProgressBar>(terminal_);
    control_.on_progress = [this](const RunStatus& status) {
      if (bar_->due()) bar_->draw(frame_of(status));
    };
  }
  signals_.emplace(control_);
}

RunSession::~RunSession() = default;

}  // namespace millrace
