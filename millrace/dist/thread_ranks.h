#pragma once

#include <functional>

#include "millrace/dist/ranks.h"

namespace millrace {

/// Runs `body` as `size` ranks at once, each in a thread of its own, and returns when all have ended: ranks without
/// processes, for tests and for machines with one device.
///
///     run_in_threads(3, [&](Ranks& ranks) {
///       RunSurroundings surroundings;
///       surroundings.ranks = &ranks;
///       Runner runner(options_of_rank(ranks.rank()), std::move(surroundings));
///       runner.train();
///     });
///
/// Sums are formed in the order of the ranks, so that results do not depend on which thread comes first. The ranks
/// share what libtorch keeps per process, such as the default generators: a network with dropout gives other bits in
/// each run.
///
/// No call hangs because of another rank. If a rank throws, returns before the others, or makes another call than they
/// do, those that wait for it get an Error with its number:
///
///     rank 0 of 3: agree waits for rank 2, which failed: no space left on device
///
/// Rethrows what the first failing rank threw; an Error gets a note with the rank. Throws Error if size < 1.
void run_in_threads(int size, const std::function<void(Ranks&)>& body);

}  // namespace millrace
