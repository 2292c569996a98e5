#pragma once

#include <cstdint>
#include <exception>
#include <string>

namespace millrace {

class Runner;

/// What a training does that an error ends: tells the hooks (on_exception), and saves what they ask for, as at a stop.
///
/// Saved is what is whole. Between two steps that is the run as it stands. Within a step it is the last finished
/// iteration, if no optimizer has stepped since and no gradients of earlier batches are mixed with new ones; statistics
/// of batch norm and random numbers are then those of the step that failed. Nothing is saved where saving is what
/// failed, or where several ranks were within a step, each at another place.
///
/// Returns what the user should know of it, "saved up to iteration 7 in work/iter_7.pth"; "" where there is nothing to
/// lose: no iteration was finished since the run began or was resumed. Throws nothing. `first_iter` is that of the
/// session. Every rank whose training ends so makes this call.
std::string rescue_training(Runner& runner, const std::exception_ptr& error, int64_t first_iter);

}  // namespace millrace
