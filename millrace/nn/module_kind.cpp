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

#define MILLRACE_LAYER(name, base, kind) \
  { {#name, #base, ModuleKind::kind}, &is_a<torch::nn::name##Impl> }
#define MILLRACE_PYTHON_LAYER(name, base, kind) \
  { {#name, #base, ModuleKind::kind}, nullptr }

constexpr LayerRow kLayers[] = {
    MILLRACE_LAYER(Conv1d, _ConvNd, conv),
    MILLRACE_LAYER(Conv2d, _ConvNd, conv),
    MILLRACE_LAYER(Conv3d, _ConvNd, conv),
    MILLRACE_LAYER(ConvTranspose1d, _ConvTransposeNd, conv),
    MILLRACE_LAYER(ConvTranspose2d, _ConvTransposeNd, conv),
    MILLRACE_LAYER(ConvTranspose3d, _ConvTransposeNd, conv),
    MILLRACE_LAYER(BatchNorm1d, _BatchNorm, norm),
    MILLRACE_LAYER(BatchNorm2d, _BatchNorm, norm),
    MILLRACE_LAYER(BatchNorm3d, _BatchNorm, norm),
    MILLRACE_PYTHON_LAYER(SyncBatchNorm, _BatchNorm, norm),
    MILLRACE_LAYER(InstanceNorm1d, _InstanceNorm, norm),
    MILLRACE_LAYER(InstanceNorm2d, _InstanceNorm, norm),
    MILLRACE_LAYER(InstanceNorm3d, _InstanceNorm, norm),
    MILLRACE_LAYER(LayerNorm, Module, norm),
    MILLRACE_LAYER(GroupNorm, Module, norm),
    MILLRACE_PYTHON_LAYER(RMSNorm, Module, norm),
    MILLRACE_LAYER(Linear, Module, linear),
    MILLRACE_LAYER(Bilinear, Module, linear),
    MILLRACE_PYTHON_LAYER(NonDynamicallyQuantizableLinear, Linear, linear),
    MILLRACE_LAYER(Embedding, Module, embedding),
    MILLRACE_LAYER(EmbeddingBag, Module, embedding),
    MILLRACE_LAYER(ReLU, Module, activation),
    MILLRACE_LAYER(ReLU6, Hardtanh, activation),
    MILLRACE_LAYER(LeakyReLU, Module, activation),
    MILLRACE_LAYER(PReLU, Module, activation),
    MILLRACE_LAYER(RReLU, Module, activation),
    MILLRACE_LAYER(ELU, Module, activation),
    MILLRACE_LAYER(CELU, Module, activation),
    MILLRACE_LAYER(SELU, Module, activation),
    MILLRACE_LAYER(GELU, Module, activation),
    MILLRACE_LAYER(SiLU, Module, activation),
    MILLRACE_LAYER(Mish, Module, activation),
    MILLRACE_LAYER(Sigmoid, Module, activation),
    MILLRACE_LAYER(LogSigmoid, Module, activation),
    MILLRACE_PYTHON_LAYER(Hardsigmoid, Module, activation),
    MILLRACE_PYTHON_LAYER(Hardswish, Module, activation),
    MILLRACE_LAYER(Tanh, Module, activation),
    MILLRACE_LAYER(Hardtanh, Module, activation),
    MILLRACE_LAYER(Softmax, Module, activation),
    MILLRACE_LAYER(LogSoftmax, Module, activation),
    MILLRACE_LAYER(Softplus, Module, activation),
    MILLRACE_LAYER(GLU, Module, activation),
    MILLRACE_LAYER(Threshold, Module, activation),
    MILLRACE_LAYER(MaxPool1d, _MaxPoolNd, pooling),
    MILLRACE_LAYER(MaxPool2d, _MaxPoolNd, pooling),
    MILLRACE_LAYER(MaxPool3d, _MaxPoolNd, pooling),
    MILLRACE_LAYER(AvgPool1d, _AvgPoolNd, pooling),
    MILLRACE_LAYER(AvgPool2d, _AvgPoolNd, pooling),
    MILLRACE_LAYER(AvgPool3d, _AvgPoolNd, pooling),
    MILLRACE_LAYER(AdaptiveAvgPool1d, _AdaptiveAvgPoolNd, pooling),
    MILLRACE_LAYER(AdaptiveAvgPool2d, _AdaptiveAvgPoolNd, pooling),
    MILLRACE_LAYER(AdaptiveAvgPool3d, _AdaptiveAvgPoolNd, pooling),
    MILLRACE_LAYER(AdaptiveMaxPool1d, _AdaptiveMaxPoolNd, pooling),
    MILLRACE_LAYER(AdaptiveMaxPool2d, _AdaptiveMaxPoolNd, pooling),
    MILLRACE_LAYER(AdaptiveMaxPool3d, _AdaptiveMaxPoolNd, pooling),
    MILLRACE_LAYER(Dropout, _DropoutNd, dropout),
    MILLRACE_PYTHON_LAYER(Dropout1d, _DropoutNd, dropout),
    MILLRACE_LAYER(Dropout2d, _DropoutNd, dropout),
    MILLRACE_LAYER(Dropout3d, _DropoutNd, dropout),
    MILLRACE_LAYER(AlphaDropout, _DropoutNd, dropout),
    MILLRACE_LAYER(FeatureAlphaDropout, _DropoutNd, dropout),
    MILLRACE_LAYER(Sequential, Module, container),
    MILLRACE_LAYER(ModuleList, Module, container),
    MILLRACE_LAYER(ModuleDict, Module, container),
    {{"Sequential", "Module", ModuleKind::container}, &is_a<nn::SequentialImpl>},
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
