#pragma once

#include <string>
#include <vector>

#include "millrace/nn/module_view.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The state dict of a network: {"backbone.conv.weight": tensor, …} in PyTorch's order. The tensors are the network's own,
/// detached; snapshot() makes copies.
State state_dict(const ModuleView& model);

struct LoadWeights {
  bool strict = true;  // every tensor of the model from the file, and no others
  std::string source;  // the file, for messages
};

/// What of a state dict went into a model.
struct LoadedWeights {
  int64_t loaded = 0;
  std::vector<std::string> missing;     // in the model alone; they keep their values
  std::vector<std::string> unexpected;  // in the file alone
  std::vector<std::string> misshapen;   // "fc.weight    file (1000, 2048)  model (10, 2048)"; they keep their values
  bool complete() const { return missing.empty() && unexpected.empty() && misshapen.empty(); }
};

/// Copies a state dict into a network, in place, converting dtypes. A batch counter (`num_batches_tracked`) that the file
/// lacks is no matter: files before PyTorch 0.4.1 have none.
///
/// Throws Error if `weights` is no dict of tensors, if strict and not everything fits (the model is untouched then), and
/// if not one tensor fits.
LoadedWeights load_weights(const ModuleView& model, const State& weights, const LoadWeights& options);

}  // namespace millrace
