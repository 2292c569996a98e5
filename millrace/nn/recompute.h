#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace millrace::nn {

/// f(x), of which nothing but x is kept: the backward pass runs f once more (activation checkpointing, Chen et al.
/// 2016, arXiv 1604.06174). Saves memory for time.
///
///     at::Tensor y = recompute([&](const at::Tensor& x) { return block->forward(x); }, x);
///
/// Gradients are those of f itself, bit for bit: random numbers and autocast are in the second run as they were in the
/// first, and batch norms do not move their running statistics a second time. `f` is kept until the graph is let go; it
/// may own modules whose parameters want gradients. Without gradients, or if x wants none, it is a plain call.
at::Tensor recompute(std::function<at::Tensor(const at::Tensor&)> f, const at::Tensor& x);

/// Whether this thread is in such a second run.
bool is_recomputing();

}  // namespace millrace::nn
