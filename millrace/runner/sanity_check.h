#pragma once

namespace millrace {

class EvalLoop;
class Runner;

/// Sends `sanity_val_batches` of the validation through network and metrics before the first step of a training, and
/// throws the figures away: what would fail at the first validation fails at once. Hooks and schedules are asked
/// whether they know the figures that they need (Hook::check_metrics).
///
/// The run stays as it was: no hook point is called, the random generator and the mode of the network are put back, and
/// metrics are made anew. Metrics that a program made itself are not tried, nor is a stream without a state, which could
/// not begin anew, nor a validation loop of a class of its own.
///
/// Throws Error, on all ranks, for what fails, and for a validation without data. Every rank makes this call.
void check_validation(Runner& runner, const EvalLoop& loop);

}  // namespace millrace
