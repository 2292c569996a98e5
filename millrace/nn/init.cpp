#include "millrace/nn/init.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>

#include "millrace/base/error.h"

namespace millrace::nn::init {
namespace {

struct Fans {
  double in, out;
};

Fans fans_of(const at::Tensor& tensor) {
  if (tensor.dim() < 2)
    throw Error(fmt::format("a tensor of {} dimensions has no fan: Xavier and Kaiming start at 2", tensor.dim()));
  const double field = static_cast<double>(tensor[0][0].numel());
  return {static_cast<double>(tensor.size(1)) * field, static_cast<double>(tensor.size(0)) * field};
}

void draw_(at::Tensor& tensor, double std, Distribution distribution) {
  if (distribution == Distribution::normal) normal_(tensor, 0, std);
  else uniform_(tensor, -std::sqrt(3.0) * std, std::sqrt(3.0) * std);
}

double normal_cdf(double x) { return 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }

}  // namespace

void constant_(at::Tensor tensor, double value) {
  const at::NoGradGuard no_grad;
  tensor.fill_(value);
}

void normal_(at::Tensor tensor, double mean, double std) {
  const at::NoGradGuard no_grad;
  tensor.normal_(mean, std);
}

void uniform_(at::Tensor tensor, double low, double high) {
  const at::NoGradGuard no_grad;
  tensor.uniform_(low, high);
}

void trunc_normal_(at::Tensor tensor, double mean, double std, double low, double high) {
  const at::NoGradGuard no_grad;
  tensor.uniform_(2 * normal_cdf((low - mean) / std) - 1, 2 * normal_cdf((high - mean) / std) - 1);
  tensor.erfinv_().mul_(std * std::sqrt(2.0)).add_(mean).clamp_(low, high);
}

void xavier_(at::Tensor tensor, double gain, Distribution distribution) {
  const Fans fans = fans_of(tensor);
  draw_(tensor, gain * std::sqrt(2.0 / (fans.in + fans.out)), distribution);
}

void kaiming_(at::Tensor tensor, double a, FanMode mode, Nonlinearity nonlinearity, Distribution distribution) {
  const Fans fans = fans_of(tensor);
  draw_(tensor, gain(nonlinearity, a) / std::sqrt(mode == FanMode::fan_in ? fans.in : fans.out), distribution);
}

double gain(Nonlinearity nonlinearity, double a) {
  switch (nonlinearity) {
    case Nonlinearity::tanh:
      return 5.0 / 3;
    case Nonlinearity::relu:
      return std::sqrt(2.0);
    case Nonlinearity::leaky_relu:
      return std::sqrt(2.0 / (1 + a * a));
    case Nonlinearity::selu:
      return 0.75;
    default:
      return 1;
  }
}

double bias_of_prob(double prob) { return -std::log((1 - prob) / prob); }

}  // namespace millrace::nn::init
