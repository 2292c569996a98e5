#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/nn/module_kind.h"

namespace millrace {

/// A network as those see it who do not run it: optimizer constructors, averaging, initialisation, checkpoints,
/// summaries.
///
/// A view is a snapshot of the structure (who owns which tensor under which name), not of the values: tensors are the
/// network's own. Made anew when it is asked for; cheap (no tensor is copied).
struct ModuleView {
  struct Named {
    std::string name;   // the last part: "weight"
    at::Tensor tensor;  // the network's own
  };

  std::string path;        // "backbone.layer1.0.conv1"; "" for the root
  std::string type_name;   // "Conv2d": the class, without namespaces and "Impl"
  std::string_view layer;  // the layer of PyTorch that it is or derives from: "Conv2d"; "" where it is none
  ModuleKind kind = ModuleKind::other;
  bool depthwise = false;  // a convolution with as many groups as input channels; one of a single channel is one, too
  int64_t depth = 0;       // layers before it: modules with parameters of their own, in the order of the parameters
  bool training = true;
  const torch::nn::Module* module = nullptr;  // what CallObserver names; null where no libtorch module is behind it
  std::vector<Named> params;
  std::vector<Named> buffers;  // persistent ones: those that a state dict has
  std::vector<ModuleView> children;

  /// "backbone.conv.weight" (names are relative to this module) and its tensor, depth first, own parameters before the
  /// children's: PyTorch's order. A parameter that several modules share comes once, under its first name.
  std::vector<Named> all_params() const;
  /// Parameters and buffers as a state dict names and orders them (each module's parameters, then its buffers, then its
  /// children). A shared tensor comes under each of its names.
  std::vector<Named> state() const;
  /// Calls `visit` for this module and all below, parents first.
  void walk(const std::function<void(const ModuleView&)>& visit) const;
  /// The module at a path below this one ("layer1.0"); null if it does not exist.
  const ModuleView* find(std::string_view path) const;

  // For whoever makes views: of each module, when its params are in, and once of the root, when all children are.
  /// Sets layer, kind and depthwise; null for a module that is no layer.
  void classify(const LayerType* type);
  void number_layers();
};

/// The view of a libtorch module tree. Layers of millrace::nn and of torch::nn are classified by class, so that one of
/// a user that derives from a layer is of its kind.
ModuleView view_of(const torch::nn::Module& module);

}  // namespace millrace
