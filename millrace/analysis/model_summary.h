#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

class SteppedModel;

/// A network, layer by layer, as one forward pass in evaluation mode saw it.
struct ModelSummary {
  struct Layer {
    std::string path, type;
    std::vector<std::vector<int64_t>> outputs;  // shapes, of the last call; empty where no call was seen
    int64_t calls = 0;
    int64_t params = 0;            // of it and of what is inside; shared ones once, where they come first
    std::optional<int64_t> flops;  // of all its calls, a module of two names under the first; none: not known
  };
  std::vector<int64_t> input;
  std::vector<Layer> layers;
  int64_t params = 0, trainable = 0;
  int64_t param_bytes = 0;
  int64_t flops = 0;                // of the layers where they are known
  std::vector<std::string> unseen;  // layers whose parameters no operator took, or one that is not libtorch's
};

/// Runs `model.forward(input)` without gradients. `depth`: how many levels are shown one by one; what lies deeper is
/// added up. Calls are seen where they go through millrace::nn's holders (CallObserver), and FLOPs by what operators
/// run (OperatorObserver, the table in flops.h), whoever calls them: an operator's cost is that of the module whose
/// parameter it takes, else of the innermost call that is seen, else of the model itself. So a network of plain
/// torch::nn layers has its FLOPs, and of convolutions, linear layers, norms and embeddings the shapes, too; and one
/// that has no modules at all its FLOPs. The mode of the model is put back.
ModelSummary summarize(SteppedModel& model, const at::Tensor& input, std::optional<int64_t> depth = std::nullopt);

/// The summary as a table and its totals.
std::string summary_text(const ModelSummary& summary);
/// One object on one line: input, params, trainable, param_bytes, flops, unseen, and layers of path, type, outputs,
/// calls, params, flops.
std::string summary_json(const ModelSummary& summary);

}  // namespace millrace
