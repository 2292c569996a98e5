#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace millrace::nn {

/// f(x), of which autograd keeps only x: the backward pass runs f again (activation checkpointing, Chen et al. 2016,
/// arXiv 1604.06174). It saves memory and costs time.
///
///     at::Tensor y = recompute([&](const at::Tensor& x) { return block->forward(x); }, x);
///
/// Gradients are those of f, bit for bit: the second run has the random numbers and autocast of the first, and batch
/// norms do not update their running statistics again. `f` lives as long as the graph; it may own modules whose
/// parameters need gradients. Without gradients, or if x needs none, it is a plain call.
at::Tensor recompute(std::function<at::Tensor(const at::Tensor&)> f, const at::Tensor& x);

/// Whether this thread is in the second run of a recompute().
bool is_recomputing();

}  // namespace millrace::nn
