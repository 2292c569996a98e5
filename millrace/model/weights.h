#pragma once

#include <string>
#include <vector>

#include "millrace/checkpoint/weights_match.h"
#include "millrace/nn/module_view.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The state dict of a network: {"backbone.conv.weight": tensor, …} in PyTorch's order. The tensors are the network's
/// own, detached; snapshot() makes copies.
State state_dict(const ModuleView& model);

struct LoadWeights {
  bool strict = true;    // every tensor of the model from the file, and no others
  std::string source{};  // the file, for messages
  std::vector<ReviseKey> revise_keys = default_revise_keys();
};

/// Copies a state dict into a network, in place, converting dtypes; says what did not fit.
///
/// Throws Error if `weights` is no dict, if not one tensor fits, and if strict and not everything fits. The network is
/// untouched then.
WeightsMatch load_weights(const ModuleView& model, const State& weights, const LoadWeights& options);

}  // namespace millrace
