#include "millrace/runner/last_batch.h"

#include "millrace/nn/batch_norm.h"
#include "millrace/nn/layer_error.h"

namespace millrace {

void LastBatchOfOne::before_call(torch::nn::Module& module, std::span<const at::Tensor> inputs) {
  const auto* norm = dynamic_cast<const nn::BatchNormBase*>(&module);
  if (!norm || !norm->takes_batch_statistics() || inputs.empty() || inputs[0].dim() < 2) return;
  if (inputs[0].numel() != inputs[0].size(0) * inputs[0].size(1)) return;
  throw nn::LayerError(module, inputs[0],
                       ", one value for each channel of a sample, and the last batch of an epoch has one sample: in "
                       "training it needs more than one value",
                       "drop_last=True in train_dataloader");
}

}  // namespace millrace
