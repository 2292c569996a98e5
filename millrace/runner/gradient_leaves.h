#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace millrace {

/// A tensor without a graph of its own that gets a gradient from a loss: a parameter, as a rule.
struct GradientLeaf {
  at::Tensor tensor;
  std::string user;  // the operator that it goes into: "addmm", "convolution"
};

/// Those of a loss, each once. Walks its whole graph.
std::vector<GradientLeaf> gradient_leaves(const at::Tensor& loss);

}  // namespace millrace
