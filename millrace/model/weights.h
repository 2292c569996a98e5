#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "millrace/checkpoint/weights_match.h"
#include "millrace/nn/module_view.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The state dict of a network: {"backbone.conv.weight": tensor, …} in PyTorch's order. The tensors are the network's
/// own, detached; snapshot() makes copies.
State state_dict(const ModuleView& model);

/// How well the tensors of a source must fit a network. Tensors of the network that do not fit keep their values.
enum class Fit {
  all,     // exactly the tensors of the network: for a resume
  model,   // at least all tensors of the network: for an evaluation
  shapes,  // tensors with the same name have the same shape: for a training that begins with a part of a network
  any      // at least one tensor fits
};

struct LoadWeights {
  Fit fit = Fit::all;
  std::string source{};  // the file, for messages
  std::string prefix{};  // "backbone": of the source the tensors below it, without it
  std::vector<ReviseKey> revise_keys{};
};

/// Copies weights into a network, in place, converting dtypes; says what fitted (WeightsMatch::summary has the text for
/// a log). `source` is a checkpoint in any of the forms of FileWeights. match_weights says how names are compared.
///
///     load_weights(net->modules(), checkpoint, {.fit = Fit::model, .source = "r50.pth"});
///
/// Throws Error if the source holds no weights, none below the prefix, if not one tensor fits, or not as far as `fit`
/// asks (WeightsMisfit). The network is untouched then.
WeightsMatch load_weights(const ModuleView& model, const State& source, const LoadWeights& options);
/// Loads from the checkpoint file `path`.
WeightsMatch load_weights(const ModuleView& model, const std::string& path, LoadWeights options);

/// The first parameter with a value that is not finite, or the first buffer with a nan (masks may be infinite):
/// "backbone.conv1.weight". Reads every value, and waits for the device.
std::optional<std::string> first_not_finite(const ModuleView& model);
/// Throws Error if there is one: such a network predicts nothing. `source` is where its weights come from.
void check_finite(const ModuleView& model, const std::string& source);

/// Hears the summary of each load_weights of this thread while it lives: so a run logs what its parts load for
/// themselves.
///
///     const WeightsListener listener([&](const Notice& notice) { logger.log(notice.level, notice.text); });
///
/// Of several the innermost hears it.
class WeightsListener {
 public:
  using Hear = std::function<void(const Notice&)>;
  explicit WeightsListener(Hear hear);
  ~WeightsListener();
  WeightsListener(const WeightsListener&) = delete;
  WeightsListener& operator=(const WeightsListener&) = delete;

  static void tell(const Notice& notice);

 private:
  Hear hear_;
  WeightsListener* outer_;
};

}  // namespace millrace
