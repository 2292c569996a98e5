#include "millrace/cli/run_session.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "millrace/base/process_settings.h"
#include "millrace/cli/preemption.h"
#include "millrace/log/progress_bar.h"
#include "millrace/log/terminal.h"

namespace millrace {
namespace {

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

RunSession::RunSession() : RunSession(Preemption{}) {}

RunSession::RunSession(const Preemption& preemption) : terminal_(std::make_shared<Terminal>(stderr)) {
  keep_freed_memory();
  outlive_readers();
  if (terminal_->is_interactive()) {
    bar_ = std::make_unique<ProgressBar>(terminal_);
    control_.on_progress = [this](const RunStatus& status) {
      if (bar_->due()) bar_->draw(frame_of(status));
    };
  }
  signals_.emplace(control_, preemption);
}

RunSession::~RunSession() = default;

}  // namespace millrace
