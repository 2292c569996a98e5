#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace millrace {

/// The case of tests/golden/resnet.json of that name.
nlohmann::json golden_resnet(const std::string& name);
/// Expects a network in float64 to have the names, shapes, logits, losses, gradient norms and running statistics of a
/// case under the fill `hash`, as near as golden/README.md says.
void expect_golden_resnet(torch::nn::Module& network, const std::function<at::Tensor(const at::Tensor&)>& logits,
                          const nlohmann::json& golden);

}  // namespace millrace
