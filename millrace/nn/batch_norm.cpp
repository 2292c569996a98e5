#include "millrace/nn/batch_norm.h"

#include <ATen/Context.h>
#include <ATen/ops/batch_norm.h>

#include "millrace/nn/layer_error.h"
#include "millrace/nn/recompute.h"

namespace millrace::nn {
namespace {

template <class Norm>
bool takes_statistics_of_batch(const Norm& norm) {
  if (!norm.running_mean.defined()) return true;
  return norm.is_training() && norm.statistics() == NormStatistics::batch;
}

/// What at::batch_norm lets through and PyTorch's layer does not.
template <class Norm>
void check_batch(const Norm& norm, const at::Tensor& input) {
  if (input.numel() == input.size(1))
    throw LayerError(norm, input, ", one value for each channel: in training it needs more than one",
                     "drop_last=True leaves out a last batch of one sample");
  if (norm.options.eps() <= 0) throw LayerError(norm, input, ", eps is 0: in training it is above 0", "eps=1e-5");
}

template <class Norm>
at::Tensor normalise(Norm& norm, const at::Tensor& input) {
  const auto& options = norm.options;
  const bool of_batch = takes_statistics_of_batch(norm);
  const bool fixed = norm.statistics() == NormStatistics::fixed && norm.running_mean.defined();
  if (of_batch) check_batch(norm, input);
  // The running statistics have seen this batch already in the run that is repeated here.
  if (of_batch && is_recomputing())
    return at::batch_norm(input, norm.weight, norm.bias, {}, {}, true, 0, options.eps(),
                          at::globalContext().userEnabledCuDNN());
  const bool follow = norm.is_training() && norm.running_mean.defined() && !fixed;
  double momentum = options.momentum().value_or(0.0);
  if (follow) {
    norm.num_batches_tracked.add_(1);
    // Without a momentum: the plain mean over all batches so far.
    if (!options.momentum()) momentum = 1.0 / norm.num_batches_tracked.template item<double>();
  }
  return at::batch_norm(input, norm.weight, norm.bias, norm.running_mean, norm.running_var, of_batch, momentum,
                        options.eps(), at::globalContext().userEnabledCuDNN());
}

}  // namespace

at::Tensor BatchNorm1dImpl::forward(const at::Tensor& input) {
  _check_input_dim(input);
  return normalise(*this, input);
}

at::Tensor BatchNorm2dImpl::forward(const at::Tensor& input) {
  _check_input_dim(input);
  return normalise(*this, input);
}

at::Tensor BatchNorm3dImpl::forward(const at::Tensor& input) {
  _check_input_dim(input);
  return normalise(*this, input);
}

bool BatchNorm1dImpl::takes_batch_statistics() const { return takes_statistics_of_batch(*this); }
bool BatchNorm2dImpl::takes_batch_statistics() const { return takes_statistics_of_batch(*this); }
bool BatchNorm3dImpl::takes_batch_statistics() const { return takes_statistics_of_batch(*this); }

std::vector<BatchNormBase*> batch_norms(torch::nn::Module& root) {
  std::vector<BatchNormBase*> norms;
  if (auto* own = dynamic_cast<BatchNormBase*>(&root)) norms.push_back(own);
  for (const auto& child : root.children())
    for (BatchNormBase* norm : batch_norms(*child)) norms.push_back(norm);
  return norms;
}

}  // namespace millrace::nn
