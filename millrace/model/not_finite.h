#pragma once

#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

class Batch;
class Model;
class OptimSet;

/// Where the first value that is not finite comes from, in words that end a sentence:
///
///     the weights are not finite; of the optimizer's state, exp_avg of backbone.conv1.weight is the first such tensor
///     the inputs of the batch are not finite
///     the first layer that is not finite is backbone.conv1 (Conv2d), in the forward pass
///     the first layer that is not finite is head.fc (Linear), in the backward pass
///
/// It looks at the weights, then calls the model's loss with the batch again, which a step of the model has prepared, and
/// differentiates it. The model, its gradients and the random numbers are afterwards as they were. "" if all is finite
/// this time; a model with a train_step of its own is not run again. Layers are those that nn::CallObserver sees.
std::string source_of_not_finite(Model& model, Batch& batch, const OptimSet& optims);

}  // namespace millrace
