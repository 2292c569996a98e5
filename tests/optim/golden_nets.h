#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/nn/module_view.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_schedulers.h"

namespace millrace {

/// A file below tests/golden.
std::string golden_path(const std::string& name);
nlohmann::json golden_json(const std::string& name);
Value config_of(const nlohmann::json& json);

/// The network of golden/trajectories, as the child `net` of a model.
std::shared_ptr<torch::nn::Module> golden_lenet();
at::Tensor lenet_logits(torch::nn::Module& model, const at::Tensor& images);
/// (32, 1, 28, 28) float64 in [0, 1] and (32) int64: batch `k` of the first 2,560 images of Fashion-MNIST.
std::pair<at::Tensor, at::Tensor> fashion_batch(int64_t k);
bool has_fashion_mnist();

/// Binds and builds as the Runner does.
std::shared_ptr<OptimWrapper> built_optim(const Value& config, const ModuleView& view);

/// A wrapper of one parameter of one element, or of several of given values.
struct Toy {
  std::vector<at::Tensor> params;
  ModuleView view;

  explicit Toy(std::vector<double> values = {1.0});
  std::shared_ptr<OptimWrapper> wrap(const Value& config) const { return built_optim(config, view); }
};

/// Python's dict(...) of a test, from JSON text with single quotes for double ones.
Value config_text(std::string text);

}  // namespace millrace
