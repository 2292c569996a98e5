#pragma once

#include "millrace/nn/call_observer.h"

namespace millrace {

/// Watches the first training step of a run whose last batch of an epoch has one sample. A batch norm that gets one
/// value a channel of each sample would fail at that batch; the error comes before the first step instead.
class LastBatchOfOne final : public nn::CallObserver {
 public:
  void before_call(torch::nn::Module& module, std::span<const at::Tensor> inputs) override;
};

}  // namespace millrace
