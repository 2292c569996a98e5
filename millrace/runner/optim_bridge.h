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

/// The one precision that checked options ask for, as the device has it. A request that the device cannot serve adds a
/// notice.
Precision precision_of(const RunnerOptions& options, std::vector<std::string>& notices);

/// The optimizers that the options name, over the model's parameters. Of several, each has those of the model's child
/// of its name ("generator" of a model with a module `generator`). Throws Error if there is no such child.
std::unique_ptr<OptimSet> build_optims(const RunnerOptions& options, const Model& model, const RunContext& context);

/// From here on the optimizers of all ranks step as one, from the weights of rank 0: for when the weights are there.
/// Nothing where there is one rank.
void join_ranks(OptimSet& optims, Ranks& ranks);

/// The schedules that the options name, one after the other for each optimizer.
std::unique_ptr<ParamSchedulers> build_schedulers(const RunnerOptions& options, OptimSet& optims, int64_t max_epochs,
                                                  int64_t max_iters, int64_t iters_per_epoch);

/// Tells hooks of backward passes and steps; null if no hook listens.
std::unique_ptr<OptimObserver> observer_for_hooks(Runner& runner);

}  // namespace millrace
