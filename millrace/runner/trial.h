#pragma once

#include <optional>

#include "millrace/base/error.h"

namespace millrace {

class Mistakes;
struct RunnerOptions;

/// Builds the network, its optimizers, metrics and hooks of a run whose options are right by themselves, without initial
/// weights, data or files, and throws them away: what building throws becomes a mistake. Then a check of a config finds
/// what two parts find out when they meet, such as channels that groups don't divide, whichever classes they are.
/// Gives a doubt instead if the network is too large to be tried.
std::optional<Error> try_parts(const RunnerOptions& options, Mistakes& mistakes);

}  // namespace millrace
