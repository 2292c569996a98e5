#pragma once

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/modules/pooling.h>

#include "millrace/nn/batch_norm.h"
#include "millrace/nn/group_norm.h"
#include "millrace/nn/module.h"
#include "millrace/nn/sequential.h"

/// PyTorch's layers, observed: libtorch's own classes (options, parameter names, initialisation) in millrace's holders.
///
///     nn::Conv2d conv(nn::Conv2dOptions(3, 64, 7).stride(2).padding(3).bias(false));
///     at::Tensor y = conv(x);
namespace millrace::nn {

MILLRACE_MODULE_OF(Conv1d, torch::nn::Conv1dImpl);
MILLRACE_MODULE_OF(Conv2d, torch::nn::Conv2dImpl);
MILLRACE_MODULE_OF(Conv3d, torch::nn::Conv3dImpl);
MILLRACE_MODULE_OF(ConvTranspose1d, torch::nn::ConvTranspose1dImpl);
MILLRACE_MODULE_OF(ConvTranspose2d, torch::nn::ConvTranspose2dImpl);
MILLRACE_MODULE_OF(ConvTranspose3d, torch::nn::ConvTranspose3dImpl);
using torch::nn::Conv1dOptions;
using torch::nn::Conv2dOptions;
using torch::nn::Conv3dOptions;
using torch::nn::ConvTranspose1dOptions;
using torch::nn::ConvTranspose2dOptions;
using torch::nn::ConvTranspose3dOptions;

MILLRACE_MODULE_OF(Linear, torch::nn::LinearImpl);
MILLRACE_MODULE_OF(Bilinear, torch::nn::BilinearImpl);
MILLRACE_MODULE_OF(Identity, torch::nn::IdentityImpl);
MILLRACE_MODULE_OF(Flatten, torch::nn::FlattenImpl);
MILLRACE_MODULE_OF(Embedding, torch::nn::EmbeddingImpl);
using torch::nn::BilinearOptions;
using torch::nn::EmbeddingOptions;
using torch::nn::FlattenOptions;
using torch::nn::LinearOptions;

MILLRACE_MODULE_OF(LayerNorm, torch::nn::LayerNormImpl);
using torch::nn::LayerNormOptions;

MILLRACE_MODULE_OF(ReLU, torch::nn::ReLUImpl);
MILLRACE_MODULE_OF(ReLU6, torch::nn::ReLU6Impl);
MILLRACE_MODULE_OF(LeakyReLU, torch::nn::LeakyReLUImpl);
MILLRACE_MODULE_OF(PReLU, torch::nn::PReLUImpl);
MILLRACE_MODULE_OF(ELU, torch::nn::ELUImpl);
MILLRACE_MODULE_OF(GELU, torch::nn::GELUImpl);
MILLRACE_MODULE_OF(SiLU, torch::nn::SiLUImpl);
MILLRACE_MODULE_OF(Mish, torch::nn::MishImpl);
MILLRACE_MODULE_OF(Sigmoid, torch::nn::SigmoidImpl);
MILLRACE_MODULE_OF(Tanh, torch::nn::TanhImpl);
MILLRACE_MODULE_OF(Softmax, torch::nn::SoftmaxImpl);
MILLRACE_MODULE_OF(LogSoftmax, torch::nn::LogSoftmaxImpl);
using torch::nn::ELUOptions;
using torch::nn::GELUOptions;
using torch::nn::LeakyReLUOptions;
using torch::nn::LogSoftmaxOptions;
using torch::nn::PReLUOptions;
using torch::nn::ReLU6Options;
using torch::nn::ReLUOptions;
using torch::nn::SoftmaxOptions;

MILLRACE_MODULE_OF(MaxPool1d, torch::nn::MaxPool1dImpl);
MILLRACE_MODULE_OF(MaxPool2d, torch::nn::MaxPool2dImpl);
MILLRACE_MODULE_OF(AvgPool1d, torch::nn::AvgPool1dImpl);
MILLRACE_MODULE_OF(AvgPool2d, torch::nn::AvgPool2dImpl);
MILLRACE_MODULE_OF(AdaptiveAvgPool1d, torch::nn::AdaptiveAvgPool1dImpl);
MILLRACE_MODULE_OF(AdaptiveAvgPool2d, torch::nn::AdaptiveAvgPool2dImpl);
MILLRACE_MODULE_OF(AdaptiveAvgPool3d, torch::nn::AdaptiveAvgPool3dImpl);
MILLRACE_MODULE_OF(AdaptiveMaxPool2d, torch::nn::AdaptiveMaxPool2dImpl);
using torch::nn::AdaptiveAvgPool1dOptions;
using torch::nn::AdaptiveAvgPool2dOptions;
using torch::nn::AdaptiveAvgPool3dOptions;
using torch::nn::AdaptiveMaxPool2dOptions;
using torch::nn::AvgPool1dOptions;
using torch::nn::AvgPool2dOptions;
using torch::nn::MaxPool1dOptions;
using torch::nn::MaxPool2dOptions;

MILLRACE_MODULE_OF(Dropout, torch::nn::DropoutImpl);
MILLRACE_MODULE_OF(Dropout2d, torch::nn::Dropout2dImpl);
using torch::nn::Dropout2dOptions;
using torch::nn::DropoutOptions;

}  // namespace millrace::nn
