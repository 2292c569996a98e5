#pragma once

#include <string>
#include <vector>

#include "millrace/cli/engine.h"
#include "millrace/picture/chart.h"

namespace millrace {

/// {"lr": [...], "momentum": [...]} on one line, with a value for each iteration; momentum is null where the optimizer
/// has none. Several optimizers: {"NAME": {"lr": ..., "momentum": ...}}.
std::string lr_json(const ScheduleSeries& series);
/// A table of about a dozen iterations, which count from 1 as in the log, below a line on the length.
std::string lr_table(const ScheduleSeries& series);
/// A chart of the learning rates, and one of the momenta if there are any; a line for each optimizer.
std::vector<Chart> lr_charts(const ScheduleSeries& series);
/// "12 epochs of 5 iterations".
std::string length_text(const ScheduleSeries& series);

}  // namespace millrace
