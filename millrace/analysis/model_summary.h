#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

class SteppedModel;

/// A network, layer by layer, as seen in one forward pass in evaluation mode.
struct ModelSummary {
  struct Layer {
    std::string path, type;
    std::vector<std::vector<int64_t>> outputs;  // shapes, of the last call; empty if no call was seen
    int64_t calls = 0;
    int64_t params = 0;  // of the layer and those inside; shared ones count where they occur first
    std::optional<int64_t>
        flops;  // of all its calls; a module with two names has them under the first; absent: unknown
  };
  std::vector<int64_t> input;
  std::vector<Layer> layers;
  int64_t params = 0, trainable = 0;
  int64_t param_bytes = 0;
  int64_t flops = 0;                // of all layers with known FLOPs
  std::vector<std::string> unseen;  // layers whose parameters no operator used, or an operator that is not libtorch's
};

/// Runs `model.forward(input)` without gradients. `depth` is the number of levels to show; deeper ones are added up. It
/// sees calls through millrace::nn's holders (CallObserver), and the FLOPs of all operators (OperatorObserver, the
/// table in flops.h). An operator counts for the module whose parameter it uses, else for the innermost visible call,
/// else for the model itself. So a network of plain torch::nn layers has FLOPs, and shapes for convolutions, linear
/// layers, norms and embeddings; and a model without modules has FLOPs. The mode of the model is restored.
ModelSummary summarize(SteppedModel& model, const at::Tensor& input, std::optional<int64_t> depth = std::nullopt);

/// The summary as a table and its totals.
std::string summary_text(const ModelSummary& summary);
/// One object on one line: input, params, trainable, param_bytes, flops, unseen, and layers of path, type, outputs,
/// calls, params, flops.
std::string summary_json(const ModelSummary& summary);

}  // namespace millrace
