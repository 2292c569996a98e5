#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/nn/module_kind.h"

namespace millrace {

/// A network for code that does not run it: optimizer constructors, averaging, initialisation, checkpoints, summaries.
///
/// A view is a snapshot of the structure (which module owns which tensor under which name), not of the values: the
/// tensors are the network's own. Make a new view when you need it; it is cheap, since no tensor is copied.
struct ModuleView {
  struct Named {
    std::string name;   // the last part: "weight"
    at::Tensor tensor;  // the network's own
  };

  std::string path;        // "backbone.layer1.0.conv1"; "" for the root
  std::string type_name;   // "Conv2d": the class, without namespaces and "Impl"
  std::string_view layer;  // the layer of PyTorch that it is or derives from: "Conv2d"; "" if it is not a layer
  ModuleKind kind = ModuleKind::other;
  bool depthwise = false;  // a convolution with as many groups as input channels, even with one channel
  int64_t depth = 0;       // number of modules before it that own parameters, in the order of the parameters
  bool training = true;
  const torch::nn::Module* module = nullptr;  // as seen by CallObserver; null without a libtorch module
  std::vector<Named> params;
  std::vector<Named> buffers;  // only those that a state dict has
  std::vector<ModuleView> children;

  /// "backbone.conv.weight" (names are relative to this module) and its tensor, depth first, own parameters before the
  /// children's: PyTorch's order. A shared parameter occurs once, under its first name.
  std::vector<Named> all_params() const;
  /// Parameters and buffers with the names and the order of a state dict (each module's parameters, then its buffers,
  /// then its children). A shared tensor occurs under each of its names.
  std::vector<Named> state() const;
  /// Calls `visit` for this module and all below, parents first.
  void walk(const std::function<void(const ModuleView&)>& visit) const;
  /// The module at a path below this one ("layer1.0"); null if it does not exist.
  const ModuleView* find(std::string_view path) const;

  // For code that makes views: call classify() on each module after its params, and number_layers() once on the
  // finished root.
  /// Sets layer, kind and depthwise; null for a module that is not a layer.
  void classify(const LayerType* type);
  void number_layers();
};

/// The view of a libtorch module tree. Layers of millrace::nn and of torch::nn are classified by class, so a user's
/// class that derives from a layer has its kind.
ModuleView view_of(const torch::nn::Module& module);

}  // namespace millrace
