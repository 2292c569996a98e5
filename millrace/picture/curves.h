#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/picture/chart.h"

namespace millrace {

/// A picture (SVG, light, without script) of the records of a run, `vis_data/scalars.json`: panels for the losses, the
/// learning rate, each metric and each other number.
///
///     io::write_atomically(folder + "/curves.svg", curves_svg(io::read_file(scalars), "lenet"));
///
/// Records with `iter` belong to the training and are drawn at their iteration. The others belong to validations and
/// are drawn at their `step`, which is an epoch if the run counts epochs. A line has at most 1000 points: if there are
/// more, the highest and the lowest of each stretch are drawn. A number that is not finite is a gap, and is counted
/// beside the name. Lines that are not JSON (the last one of a killed run) are skipped.
std::string curves_svg(std::string_view scalars, std::string_view title);

/// The charts that curves_svg draws. For several runs, each given by its name and records, there is one chart for each
/// figure, with a line for each run that has it.
std::vector<Chart> curves(const std::vector<std::pair<std::string, std::string>>& runs);

}  // namespace millrace
