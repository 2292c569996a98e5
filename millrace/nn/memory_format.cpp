#include "millrace/nn/memory_format.h"

#include <ATen/core/Tensor.h>

namespace millrace::nn {

void to_channels_last(const ModuleView& root) {
  for (ModuleView::Named& param : root.all_params()) {
    if (param.tensor.dim() != 4) continue;
    // set_data keeps the tensor that optimizers and hooks hold and its gradient accumulator.
    param.tensor.set_data(param.tensor.detach().contiguous(at::MemoryFormat::ChannelsLast));
  }
}

}  // namespace millrace::nn
