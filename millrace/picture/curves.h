#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/picture/chart.h"

namespace millrace {

/// A picture (SVG, light, without script) of what a run wrote to `vis_data/scalars.json`: the losses, the learning
/// rate, and a panel for each metric and each other number.
///
///     io::write_atomically(folder + "/curves.svg", curves_svg(io::read_file(scalars), "lenet"));
///
/// Records with `iter` are of the training and are drawn at their iteration; the others are of validations and are drawn
/// at their `step`: an epoch, where the run counts epochs. A line has at most 1000 points: of more, the highest and the
/// lowest of each stretch are drawn. A number that is not finite is a gap, and counted beside the name. Lines that are
/// no JSON (the last one of a run that was killed) are skipped.
std::string curves_svg(std::string_view scalars, std::string_view title);

/// The charts that curves_svg draws. Of several runs, each given by its name and records, each figure is a chart of its
/// own, with a line for each run that has it.
std::vector<Chart> curves(const std::vector<std::pair<std::string, std::string>>& runs);

}  // namespace millrace
