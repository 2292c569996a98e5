#pragma once

#include <torch/nn/modules/batchnorm.h>

#include "millrace/nn/module.h"

namespace millrace::nn {

/// The statistics that a batch norm uses in training mode. (In evaluation mode it always uses the running ones.)
enum class NormStatistics {
  batch,  // those of the batch; updates the running ones
  fixed,  // the running ones, without updating them
};

/// The base of all batch norms. The kind of statistics is a state of the layer, so you freeze a network in place,
/// without another class, another name or a copy.
///
///     for (auto& norm : batch_norms(*net)) norm->set_statistics(NormStatistics::fixed);
class BatchNormBase {
 public:
  virtual ~BatchNormBase() = default;
  /// Whether the next call takes the statistics of its input.
  virtual bool takes_batch_statistics() const = 0;
  NormStatistics statistics() const { return statistics_; }
  void set_statistics(NormStatistics statistics) { statistics_ = statistics; }

 private:
  NormStatistics statistics_ = NormStatistics::batch;
};

/// All batch norms in a module, itself included.
std::vector<BatchNormBase*> batch_norms(torch::nn::Module& root);

/// Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167), as PyTorch's class of the same name.
///
///     y = (x - mean) / sqrt(var + eps) * weight + bias
///
/// x: (N, C) or (N, C, L) for 1d, (N, C, H, W) for 2d, (N, C, D, H, W) for 3d. Throws LayerError where it takes the
/// statistics of a batch that has one value a channel, as PyTorch's does: their variance would be 0 / 0.
class BatchNorm1dImpl : public torch::nn::BatchNorm1dImpl, public BatchNormBase {
 public:
  using torch::nn::BatchNorm1dImpl::BatchNorm1dImpl;
  at::Tensor forward(const at::Tensor& input);
  bool takes_batch_statistics() const override;
};
MILLRACE_MODULE(BatchNorm1d);

class BatchNorm2dImpl : public torch::nn::BatchNorm2dImpl, public BatchNormBase {
 public:
  using torch::nn::BatchNorm2dImpl::BatchNorm2dImpl;
  at::Tensor forward(const at::Tensor& input);
  bool takes_batch_statistics() const override;
};
MILLRACE_MODULE(BatchNorm2d);

class BatchNorm3dImpl : public torch::nn::BatchNorm3dImpl, public BatchNormBase {
 public:
  using torch::nn::BatchNorm3dImpl::BatchNorm3dImpl;
  at::Tensor forward(const at::Tensor& input);
  bool takes_batch_statistics() const override;
};
MILLRACE_MODULE(BatchNorm3d);

using torch::nn::BatchNormOptions;

}  // namespace millrace::nn
