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

/// How far the tensors of a source must fit a network; what does not fit otherwise stays as it was.
enum class Fit {
  all,     // every tensor of the network is there, and no others: a run that goes on
  model,   // every tensor of the network is there: an evaluation
  shapes,  // tensors of one name have one shape: a training that begins with a part of a network
  any      // at least one tensor fits
};

struct LoadWeights {
  Fit fit = Fit::all;
  std::string source{};  // the file, for messages
  std::string prefix{};  // "backbone": of the source the tensors below it, without it
  std::vector<ReviseKey> revise_keys = default_revise_keys();
};

/// Copies weights into a network, in place, converting dtypes; says what did not fit (WeightsMatch::report has the text
/// for a log). `source` is a checkpoint with a `state_dict`, or a dict of tensors itself.
///
///     load_weights(net->modules(), checkpoint, {.fit = Fit::model, .source = "r50.pth"});
///
/// Throws Error if the source holds no weights, none below the prefix, if not one tensor fits, or not as far as `fit`
/// asks. The network is untouched then.
WeightsMatch load_weights(const ModuleView& model, const State& source, const LoadWeights& options);
/// From the checkpoint file `path`.
WeightsMatch load_weights(const ModuleView& model, const std::string& path, LoadWeights options);

}  // namespace millrace
