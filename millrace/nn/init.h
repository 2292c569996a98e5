#pragma once

#include <ATen/core/Tensor.h>

/// Fills tensors with initial values, in place, from the default generator and outside autograd.
namespace millrace::nn::init {

enum class Distribution { normal, uniform };
enum class FanMode { fan_in, fan_out };
enum class Nonlinearity { linear, conv1d, conv2d, conv3d, sigmoid, tanh, relu, leaky_relu, selu };

void constant_(at::Tensor tensor, double value);
void normal_(at::Tensor tensor, double mean = 0, double std = 1);
void uniform_(at::Tensor tensor, double low = 0, double high = 1);
/// Normal of mean and std, cut off at `low` and `high` (values, not multiples of std), by the inverse of its
/// distribution function.
void trunc_normal_(at::Tensor tensor, double mean = 0, double std = 1, double low = -2, double high = 2);
/// Glorot and Bengio 2010:  std = gain sqrt(2 / (fan_in + fan_out)); uniform in +-sqrt(3) std.
void xavier_(at::Tensor tensor, double gain = 1, Distribution distribution = Distribution::normal);
/// He et al. 2015, arXiv 1502.01852:  std = gain(nonlinearity, a) / sqrt(fan); uniform in +-sqrt(3) std.
void kaiming_(at::Tensor tensor, double a = 0, FanMode mode = FanMode::fan_out,
              Nonlinearity nonlinearity = Nonlinearity::relu, Distribution distribution = Distribution::normal);

/// The factor that compensates for a nonlinearity: sqrt(2) for relu, 5/3 for tanh, sqrt(2 / (1 + a^2)) for leaky_relu.
double gain(Nonlinearity nonlinearity, double a = 0.01);
/// The bias with which a sigmoid gives `prob` at first:  -ln((1 - prob) / prob).
double bias_of_prob(double prob);

}  // namespace millrace::nn::init
