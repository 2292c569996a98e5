#include "millrace/nn/module_kind.h"

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

#include "millrace/nn/sequential.h"

namespace millrace {

namespace {

struct LayerRow {
  LayerType type;
  bool (*is_base_of)(const torch::nn::Module&);  // null: libtorch has no class for it
};

template <class T>
bool is_a(const torch::nn::Module& module) {
  return dynamic_cast<const T*>(&module) != nullptr;
}

#define MILLRACE_LAYER(name, kind) \
  { {#name, ModuleKind::kind}, &is_a<torch::nn::name##Impl> }
#define MILLRACE_PYTHON_LAYER(name, kind) \
  { {#name, ModuleKind::kind}, nullptr }

constexpr LayerRow kLayers[] = {
    MILLRACE_LAYER(Conv1d, conv),
    MILLRACE_LAYER(Conv2d, conv),
    MILLRACE_LAYER(Conv3d, conv),
    MILLRACE_LAYER(ConvTranspose1d, conv),
    MILLRACE_LAYER(ConvTranspose2d, conv),
    MILLRACE_LAYER(ConvTranspose3d, conv),
    MILLRACE_LAYER(BatchNorm1d, norm),
    MILLRACE_LAYER(BatchNorm2d, norm),
    MILLRACE_LAYER(BatchNorm3d, norm),
    MILLRACE_PYTHON_LAYER(SyncBatchNorm, norm),
    MILLRACE_LAYER(InstanceNorm1d, norm),
    MILLRACE_LAYER(InstanceNorm2d, norm),
    MILLRACE_LAYER(InstanceNorm3d, norm),
    MILLRACE_LAYER(LayerNorm, norm),
    MILLRACE_LAYER(GroupNorm, norm),
    MILLRACE_PYTHON_LAYER(RMSNorm, norm),
    MILLRACE_LAYER(Linear, linear),
    MILLRACE_LAYER(Bilinear, linear),
    MILLRACE_PYTHON_LAYER(NonDynamicallyQuantizableLinear, linear),
    MILLRACE_LAYER(Embedding, embedding),
    MILLRACE_LAYER(EmbeddingBag, embedding),
    MILLRACE_LAYER(ReLU, activation),
    MILLRACE_LAYER(ReLU6, activation),
    MILLRACE_LAYER(LeakyReLU, activation),
    MILLRACE_LAYER(PReLU, activation),
    MILLRACE_LAYER(RReLU, activation),
    MILLRACE_LAYER(ELU, activation),
    MILLRACE_LAYER(CELU, activation),
    MILLRACE_LAYER(SELU, activation),
    MILLRACE_LAYER(GELU, activation),
    MILLRACE_LAYER(SiLU, activation),
    MILLRACE_LAYER(Mish, activation),
    MILLRACE_LAYER(Sigmoid, activation),
    MILLRACE_LAYER(LogSigmoid, activation),
    MILLRACE_PYTHON_LAYER(Hardsigmoid, activation),
    MILLRACE_PYTHON_LAYER(Hardswish, activation),
    MILLRACE_LAYER(Tanh, activation),
    MILLRACE_LAYER(Hardtanh, activation),
    MILLRACE_LAYER(Softmax, activation),
    MILLRACE_LAYER(LogSoftmax, activation),
    MILLRACE_LAYER(Softplus, activation),
    MILLRACE_LAYER(GLU, activation),
    MILLRACE_LAYER(Threshold, activation),
    MILLRACE_LAYER(MaxPool1d, pooling),
    MILLRACE_LAYER(MaxPool2d, pooling),
    MILLRACE_LAYER(MaxPool3d, pooling),
    MILLRACE_LAYER(AvgPool1d, pooling),
    MILLRACE_LAYER(AvgPool2d, pooling),
    MILLRACE_LAYER(AvgPool3d, pooling),
    MILLRACE_LAYER(AdaptiveAvgPool1d, pooling),
    MILLRACE_LAYER(AdaptiveAvgPool2d, pooling),
    MILLRACE_LAYER(AdaptiveAvgPool3d, pooling),
    MILLRACE_LAYER(AdaptiveMaxPool1d, pooling),
    MILLRACE_LAYER(AdaptiveMaxPool2d, pooling),
    MILLRACE_LAYER(AdaptiveMaxPool3d, pooling),
    MILLRACE_LAYER(Dropout, dropout),
    MILLRACE_PYTHON_LAYER(Dropout1d, dropout),
    MILLRACE_LAYER(Dropout2d, dropout),
    MILLRACE_LAYER(Dropout3d, dropout),
    MILLRACE_LAYER(AlphaDropout, dropout),
    MILLRACE_LAYER(FeatureAlphaDropout, dropout),
    MILLRACE_LAYER(Sequential, container),
    MILLRACE_LAYER(ModuleList, container),
    MILLRACE_LAYER(ModuleDict, container),
    {{"Sequential", ModuleKind::container}, &is_a<nn::SequentialImpl>},
};
#undef MILLRACE_LAYER
#undef MILLRACE_PYTHON_LAYER

}  // namespace

std::string bare_type_name(std::string_view type) {
  std::string_view bare = type.substr(0, type.find('<'));
  const size_t last = bare.find_last_of(".:");
  if (last != std::string_view::npos) bare.remove_prefix(last + 1);
  if (bare.size() > 4 && bare.ends_with("Impl")) bare.remove_suffix(4);
  return std::string(bare);
}

const LayerType* layer_type(std::string_view type_name) {
  for (const LayerRow& row : kLayers)
    if (row.type.name == type_name) return &row.type;
  return nullptr;
}

const LayerType* layer_type(const torch::nn::Module& module) {
  for (const LayerRow& row : kLayers)
    if (row.is_base_of && row.is_base_of(module)) return &row.type;
  return nullptr;
}

}  // namespace millrace
