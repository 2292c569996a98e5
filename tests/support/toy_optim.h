#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/nn/module_view.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_schedulers.h"

namespace millrace {

/// Binds and builds as the Runner does.
std::shared_ptr<OptimWrapper> built_optim(const Value& config, const ModuleView& view);

/// A network of one parameter of one element, or of several of given values, and a wrapper over it.
struct Toy {
  std::vector<at::Tensor> params;
  ModuleView view;

  explicit Toy(std::vector<double> values = {1.0});
  std::shared_ptr<OptimWrapper> wrap(const Value& config) const { return built_optim(config, view); }
};

/// Python's dict(...) of a test, from JSON text with single quotes for double ones.
Value config_text(std::string text);

}  // namespace millrace
