#include "millrace/nn/layer_error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/nn/module.h>

#include "millrace/nn/module_view.h"

namespace millrace::nn {
namespace {

std::string shape_text(const at::Tensor& input) {
  return input.defined() ? fmt::format(" ({})", fmt::join(input.sizes(), ", ")) : "";
}

}  // namespace

LayerError::LayerError(const torch::nn::Module& layer, const at::Tensor& input, std::string_view what, std::string help)
    : Error(fmt::format("{} got input{}{}", bare_type_name(layer.name()), shape_text(input), what)),
      layer_(&layer),
      help_(std::move(help)) {
  if (!help_.empty()) this->help(help_);
}

Error LayerError::at(const ModuleView& network) const {
  std::string path;
  network.walk([&](const ModuleView& view) {
    if (view.module == layer_ && path.empty()) path = view.path;
  });
  Error placed(place(), path.empty() ? summary() : path + ": " + summary());
  for (const std::string& line : notes()) placed.note(line);
  if (!help_.empty()) placed.help(help_);
  return placed;
}

}  // namespace millrace::nn
