#include "millrace/nn/module_view.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/moduledict.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/modules/pooling.h>

#include <unordered_set>

#include "millrace/nn/sequential.h"

namespace millrace {
namespace {

template <class... Ts>
bool is_any(const torch::nn::Module& module) {
  return ((dynamic_cast<const Ts*>(&module) != nullptr) || ...);
}

template <class Conv>
bool is_depthwise_as(const torch::nn::Module& module) {
  const auto* conv = dynamic_cast<const Conv*>(&module);
  return conv && conv->options.groups() > 1 && conv->options.groups() == conv->options.in_channels();
}

bool is_depthwise(const torch::nn::Module& module) {
  return is_depthwise_as<torch::nn::Conv2dImpl>(module) || is_depthwise_as<torch::nn::Conv1dImpl>(module) ||
         is_depthwise_as<torch::nn::Conv3dImpl>(module);
}

// By class, not by name: a user's class that derives from a layer is one of its kind.
ModuleKind kind_of(const torch::nn::Module& module) {
  namespace t = torch::nn;
  if (is_any<t::Conv2dImpl, t::Conv1dImpl, t::Conv3dImpl, t::ConvTranspose1dImpl, t::ConvTranspose2dImpl,
             t::ConvTranspose3dImpl>(module))
    return ModuleKind::conv;
  if (is_any<t::BatchNorm2dImpl, t::BatchNorm1dImpl, t::BatchNorm3dImpl, t::LayerNormImpl, t::GroupNormImpl,
             t::InstanceNorm1dImpl, t::InstanceNorm2dImpl, t::InstanceNorm3dImpl>(module))
    return ModuleKind::norm;
  if (is_any<t::LinearImpl, t::BilinearImpl>(module)) return ModuleKind::linear;
  if (is_any<t::ReLUImpl, t::ReLU6Impl, t::LeakyReLUImpl, t::PReLUImpl, t::RReLUImpl, t::ELUImpl, t::CELUImpl,
             t::SELUImpl, t::GELUImpl, t::SiLUImpl, t::MishImpl, t::SigmoidImpl, t::TanhImpl, t::SoftmaxImpl,
             t::LogSoftmaxImpl, t::SoftplusImpl, t::HardtanhImpl, t::GLUImpl, t::ThresholdImpl>(module))
    return ModuleKind::activation;
  if (is_any<t::MaxPool1dImpl, t::MaxPool2dImpl, t::MaxPool3dImpl, t::AvgPool1dImpl, t::AvgPool2dImpl, t::AvgPool3dImpl,
             t::AdaptiveAvgPool1dImpl, t::AdaptiveAvgPool2dImpl, t::AdaptiveAvgPool3dImpl, t::AdaptiveMaxPool1dImpl,
             t::AdaptiveMaxPool2dImpl, t::AdaptiveMaxPool3dImpl>(module))
    return ModuleKind::pooling;
  if (is_any<t::DropoutImpl, t::Dropout2dImpl, t::Dropout3dImpl, t::AlphaDropoutImpl, t::FeatureAlphaDropoutImpl>(
          module))
    return ModuleKind::dropout;
  if (is_any<t::EmbeddingImpl, t::EmbeddingBagImpl>(module)) return ModuleKind::embedding;
  if (is_any<nn::SequentialImpl, t::SequentialImpl, t::ModuleListImpl, t::ModuleDictImpl>(module))
    return ModuleKind::container;
  return ModuleKind::other;
}

std::string bare_type_name(const std::string& name) {
  size_t end = name.find('<');
  if (end == std::string::npos) end = name.size();
  const size_t colon = name.rfind(':', end - 1);
  std::string bare =
      name.substr(colon == std::string::npos ? 0 : colon + 1, end - (colon == std::string::npos ? 0 : colon + 1));
  if (bare.size() > 4 && bare.ends_with("Impl")) bare.resize(bare.size() - 4);
  return bare;
}

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

ModuleView view_at(const torch::nn::Module& module, std::string path) {
  ModuleView view;
  view.path = std::move(path);
  view.type_name = bare_type_name(module.name());
  view.kind = kind_of(module);
  view.depthwise = view.kind == ModuleKind::conv && is_depthwise(module);
  view.training = module.is_training();
  view.module = &module;
  // A layer without bias has an undefined tensor under that name.
  for (const auto& item : module.named_parameters(/*recurse=*/false))
    if (item.value().defined()) view.params.push_back({item.key(), item.value()});
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

ModuleView view_of(const torch::nn::Module& module) { return view_at(module, ""); }

}  // namespace millrace
