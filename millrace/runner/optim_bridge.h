#pragma once

#include <memory>
#include <string>
#include <vector>

#include "millrace/tensor/precision.h"

namespace millrace {

class Model;
class OptimObserver;
class OptimSet;
class ParamSchedulers;
class Ranks;
class Runner;
struct RunContext;
struct RunnerOptions;

/// The precision that the options ask for, or the one that the device has instead, with a notice.
Precision precision_of(const RunnerOptions& options, std::vector<std::string>& notices);

/// The optimizers of the options, with the model's parameters. If there are several, each gets the parameters of the
/// child module with its name ("generator" those of the module `generator`). Throws Error if there is no such child.
std::unique_ptr<OptimSet> build_optims(const RunnerOptions& options, const Model& model);

/// From now on the optimizers of all ranks make the same steps, from the weights of rank 0; call it when the weights
/// are loaded. With one rank it does nothing.
void join_ranks(OptimSet& optims, Ranks& ranks);

/// The schedules of the options, in order for each optimizer.
std::unique_ptr<ParamSchedulers> build_schedulers(const RunnerOptions& options, OptimSet& optims, int64_t max_epochs,
                                                  int64_t max_iters, int64_t iters_per_epoch);

/// Passes backward passes and steps on to hooks; null if no hook overrides these points.
std::unique_ptr<OptimObserver> observer_for_hooks(Runner& runner);

}  // namespace millrace
