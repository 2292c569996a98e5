#include "millrace/nn/module_view.h"

#include <torch/nn/module.h>

#include <algorithm>
#include <unordered_set>

namespace millrace {
namespace {

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

ModuleView view_at(const torch::nn::Module& module, std::string path) {
  ModuleView view;
  view.path = std::move(path);
  view.type_name = bare_type_name(module.name());
  view.training = module.is_training();
  view.module = &module;
  // A layer without bias has an undefined tensor under that name.
  for (const auto& item : module.named_parameters(/*recurse=*/false))
    if (item.value().defined()) view.params.push_back({item.key(), item.value()});
  view.classify(layer_type(module));
  for (const auto& item : module.named_buffers(/*recurse=*/false))
    if (item.value().defined()) view.buffers.push_back({item.key(), item.value()});
  for (const auto& item : module.named_children())
    view.children.push_back(view_at(*item.value(), joined(view.path, item.key())));
  return view;
}

/// The part of a child's path below `root`.
std::string below(const ModuleView& root, const ModuleView& child) {
  return root.path.empty() ? child.path : child.path.substr(std::min(child.path.size(), root.path.size() + 1));
}

}  // namespace

std::vector<ModuleView::Named> ModuleView::all_params() const {
  std::vector<Named> all;
  std::unordered_set<const void*> seen;
  walk([&](const ModuleView& view) {
    for (const Named& own : view.params)
      if (seen.insert(own.tensor.unsafeGetTensorImpl()).second)
        all.push_back({joined(below(*this, view), own.name), own.tensor});
  });
  return all;
}

std::vector<ModuleView::Named> ModuleView::state() const {
  std::vector<Named> all;
  walk([&](const ModuleView& view) {
    const std::string at = below(*this, view);
    for (const Named& own : view.params) all.push_back({joined(at, own.name), own.tensor});
    for (const Named& own : view.buffers) all.push_back({joined(at, own.name), own.tensor});
  });
  return all;
}

void ModuleView::walk(const std::function<void(const ModuleView&)>& visit) const {
  visit(*this);
  for (const ModuleView& child : children) child.walk(visit);
}

const ModuleView* ModuleView::find(std::string_view wanted) const {
  const std::string whole = joined(path, std::string(wanted));
  const ModuleView* found = nullptr;
  walk([&](const ModuleView& view) {
    if (view.path == whole) found = &view;
  });
  return wanted.empty() ? this : found;
}

void ModuleView::classify(const LayerType* type) {
  if (!type) return;
  layer = type->name;
  kind = type->kind;
  // The weight of a convolution is (out, in / groups, …); a transposed one has the channels the other way round.
  const auto weight = std::find_if(params.begin(), params.end(), [](const Named& own) { return own.name == "weight"; });
  depthwise = kind == ModuleKind::conv && !layer.starts_with("ConvTranspose") && weight != params.end() &&
              weight->tensor.dim() > 2 && weight->tensor.size(1) == 1;
}

void ModuleView::number_layers() {
  int64_t layers = 0;
  const std::function<void(ModuleView&)> number = [&](ModuleView& view) {
    view.depth = layers;
    if (!view.params.empty()) ++layers;
    for (ModuleView& child : view.children) number(child);
  };
  number(*this);
}

ModuleView view_of(const torch::nn::Module& module) {
  ModuleView view = view_at(module, "");
  view.number_layers();
  return view;
}

}  // namespace millrace
