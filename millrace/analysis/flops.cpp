#include "millrace/analysis/flops.h"

#include <unordered_map>

namespace millrace {
namespace {

using Arguments = c10::ArrayRef<const c10::IValue>;

/// The argument, if it is a tensor that is there.
at::Tensor tensor_at(Arguments arguments, size_t index) {
  return index < arguments.size() && arguments[index].isTensor() ? arguments[index].toTensor() : at::Tensor();
}

int64_t last_size(const at::Tensor& tensor) { return tensor.dim() > 0 ? tensor.size(-1) : 1; }

/// How many rows of its last dimension a tensor has.
int64_t rows(const at::Tensor& tensor) { return last_size(tensor) > 0 ? tensor.numel() / last_size(tensor) : 0; }

/// N times the places of (N, C, …) in space.
int64_t places(const at::Tensor& image) {
  return image.dim() > 1 && image.size(1) > 0 ? image.numel() / image.size(1) : 0;
}

template <size_t at>
Flops product(Arguments arguments) {
  const at::Tensor left = tensor_at(arguments, at), right = tensor_at(arguments, at + 1);
  return {.fixed = left.numel() * (right.dim() > 1 ? right.size(-1) : 1)};
}

Flops linear(Arguments arguments) {
  const at::Tensor weight = tensor_at(arguments, 1);  // (out, in), or (in)
  return {.fixed = tensor_at(arguments, 0).numel() * (weight.dim() > 1 ? weight.size(0) : 1)};
}

Flops bilinear(Arguments arguments) {
  return {.fixed = rows(tensor_at(arguments, 0)) * tensor_at(arguments, 2).numel()};
}

Flops convolution(Arguments arguments) {
  const at::Tensor input = tensor_at(arguments, 0), weight = tensor_at(arguments, 1);
  const bool is_transposed = arguments.size() > 6 && arguments[6].isBool() && arguments[6].toBool();
  if (is_transposed) return {.fixed = places(input) * weight.numel()};
  return {.per_place = weight.numel()};
}

Flops attention(Arguments arguments) {
  const at::Tensor query = tensor_at(arguments, 0), key = tensor_at(arguments, 1), value = tensor_at(arguments, 2);
  return {.fixed = rows(query) * key.size(-2) * (last_size(query) + last_size(value))};
}

Flops recurrent(Arguments arguments) {
  int64_t matrices = 0;
  for (const c10::IValue& argument : arguments) {  // the weights are the last of the lists
    if (!argument.isTensorList()) continue;
    matrices = 0;
    for (const at::Tensor& weight : argument.toTensorVector()) matrices += weight.dim() == 2 ? weight.numel() : 0;
  }
  return {.fixed = rows(tensor_at(arguments, 0)) * matrices};
}

template <size_t weight_at>
Flops norm(Arguments arguments) {
  const int64_t affine = tensor_at(arguments, weight_at).defined() ? 1 : 0;
  return {.fixed = tensor_at(arguments, 0).numel() * (4 + affine)};
}

Flops batch_norm(Arguments arguments) {
  const bool is_training = arguments.size() > 5 && arguments[5].isBool() && arguments[5].toBool();
  if (is_training) return norm<1>(arguments);
  return {.fixed = tensor_at(arguments, 0).numel() * (tensor_at(arguments, 1).defined() ? 2 : 1)};
}

Flops one_an_input(Arguments arguments) { return {.fixed = tensor_at(arguments, 0).numel()}; }
Flops one_an_output(Arguments) { return {.per_output = 1}; }
Flops four_an_output(Arguments) { return {.per_output = 4}; }
Flops nothing(Arguments) { return {}; }

using Rule = Flops (*)(Arguments);

const std::unordered_map<std::string_view, Rule>& rules() {
  static const std::unordered_map<std::string_view, Rule> table = {
      {"aten::convolution", convolution},
      {"aten::linear", linear},
      {"aten::bilinear", bilinear},
      {"aten::mm", product<0>},
      {"aten::bmm", product<0>},
      {"aten::mv", product<0>},
      {"aten::dot", product<0>},
      {"aten::addmm", product<1>},
      {"aten::addbmm", product<1>},
      {"aten::baddbmm", product<1>},
      {"aten::addmv", product<1>},
      {"aten::scaled_dot_product_attention", attention},
      {"aten::lstm", recurrent},
      {"aten::gru", recurrent},
      {"aten::rnn_tanh", recurrent},
      {"aten::rnn_relu", recurrent},
      {"aten::batch_norm", batch_norm},
      {"aten::instance_norm", norm<1>},
      {"aten::group_norm", norm<2>},
      {"aten::layer_norm", norm<2>},
      {"aten::rms_norm", norm<2>},
      {"aten::adaptive_avg_pool1d", one_an_input},
      {"aten::adaptive_avg_pool2d", one_an_input},
      {"aten::adaptive_avg_pool3d", one_an_input},
      {"aten::upsample_nearest1d", one_an_output},
      {"aten::upsample_nearest2d", one_an_output},
      {"aten::upsample_nearest3d", one_an_output},
      {"aten::upsample_bilinear2d", four_an_output},
      {"aten::grid_sampler", four_an_output},
      {"aten::embedding", nothing},
  };
  return table;
}

}  // namespace

int64_t Flops::total(const at::Tensor& output) const {
  if (!output.defined()) return fixed;
  return fixed + per_output * output.numel() + per_place * places(output);
}

bool flops_of_operator(std::string_view name, c10::ArrayRef<const c10::IValue> arguments, Flops& flops) {
  const auto rule = rules().find(name);
  if (rule == rules().end()) return false;
  flops = rule->second(arguments);
  return true;
}

}  // namespace millrace
