#pragma once

#include <string>
#include <vector>

#include "millrace/cli/engine.h"
#include "millrace/cli/invocation.h"

namespace millrace {

/// The command that resumes a run from its newest checkpoint.
std::string resume_line(const TrainRequest& request, const Invocation& invocation);
/// The last lines of a training: metrics, the best checkpoint and the command that tests it, and the other files.
std::string train_results(const RunOutcome& outcome, const TrainRequest& request, const Invocation& invocation);
/// How to resume after a stop.
std::string stop_text(const RunOutcome& outcome, const TrainRequest& request, const Invocation& invocation);
/// The metrics of a test, and the samples that were asked for.
std::string test_results(const RunOutcome& outcome);

/// The exit code of a stopped run: 128 + the signal's number, 130 for a cancel.
int stop_exit_code(const RunOutcome& outcome);
/// 75 where that pre-empted it.
int stop_exit_code(const RunOutcome& outcome, const Preemption& preemption);

}  // namespace millrace
