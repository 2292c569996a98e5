#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include "millrace/tensor/state.h"

namespace millrace {

/// A figure for a file of results: None where it is undefined (nan).
State figure(double value);
/// A list of them.
State figure_list(std::span<const double> values);
/// A dict in this order.
State figure_dict(std::initializer_list<std::pair<std::string, State>> entries);

/// The figures as a table for people: one line each, nested names joined by dots.
///
///     macro.recall   0.8159
///     support        [15, 18, 14, 13]
std::string figures_text(const State& figures);

}  // namespace millrace
