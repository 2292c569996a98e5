#pragma once

#include <vector>

#include "millrace/base/error.h"

namespace millrace {

class Complaints;
struct RunnerOptions;

/// Checks that the optimizers, their schedules, the model and the data of a training fit together: names, one
/// precision, the settings that schedules change, a validation if a schedule needs one.
void check_optimizers(const RunnerOptions& options, Complaints& complaints);
/// The part of that which needs optimizers, schedules and the length of the training alone.
void check_schedules(const RunnerOptions& options, Complaints& complaints);
/// Checks the names of metrics: no two metrics give the same name, and hooks and schedules name existing ones. If a
/// metric does not list its names beforehand, the first validation checks them.
void check_figures(const RunnerOptions& options, Complaints& complaints);

/// Warnings about what may be a mistake, such as a schedule that is longer than the training. Some need the length of
/// the data: these come only at the start of a run.
std::vector<Error> doubts_of(const RunnerOptions& options);

}  // namespace millrace
