#pragma once

#include "millrace/nn/module.h"

namespace millrace::nn {

/// Stochastic depth (Huang et al. 2016, arXiv 1603.09382): in training each sample of the batch is dropped with
/// probability `prob`, and the others are divided by 1 - prob. In evaluation nothing happens.
///
/// x: (N, …), any float dtype. Draws one number per sample from the default generator.
class DropPathImpl : public torch::nn::Module {
 public:
  /// Throws Error if `prob` is not in [0, 1).
  explicit DropPathImpl(double prob);
  at::Tensor forward(const at::Tensor& x);

 private:
  double prob_;
};
MILLRACE_MODULE(DropPath);

}  // namespace millrace::nn
