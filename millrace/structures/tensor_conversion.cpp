#include "millrace/structures/tensor_conversion.h"

namespace millrace {

State converted(const State& tree, const TensorConversion& conversion) {
  if (tree.is_tensor()) return conversion(tree.tensor());
  State copy = tree;
  if (copy.is_sequence())
    for (State& item : copy.items()) item = converted(item, conversion);
  else if (copy.is_dict())
    for (State::Item& entry : copy.entries()) entry.value = converted(entry.value, conversion);
  return copy;
}

TensorConversion on_device(const c10::Device& device) {
  return [device](const at::Tensor& tensor) { return tensor.to(device); };
}
TensorConversion as_dtype(at::ScalarType dtype) {
  return [dtype](const at::Tensor& tensor) { return tensor.to(dtype); };
}
TensorConversion detached() {
  return [](const at::Tensor& tensor) { return tensor.detach(); };
}
TensorConversion detached_on_cpu() {
  return [](const at::Tensor& tensor) { return tensor.detach().cpu(); };
}
TensorConversion cloned() {
  return [](const at::Tensor& tensor) { return tensor.clone(); };
}

}  // namespace millrace
