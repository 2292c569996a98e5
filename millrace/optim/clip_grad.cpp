#include "millrace/optim/clip_grad.h"

#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Below this an operator's dispatch costs more than its work (bench/optim): one plain loop instead.
constexpr int64_t kSmallTensor = 16384;

bool is_small(const at::Tensor& grad) { return grad.numel() <= kSmallTensor && grad.is_non_overlapping_and_dense(); }

/// Sum of squares, or the largest absolute value. Eight sums side by side keep the processor's adders busy.
template <class T>
double square_sum(const T* data, int64_t count) {
  double sums[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int k = 0; k < 8; ++k) sums[k] += static_cast<double>(data[i + k]) * static_cast<double>(data[i + k]);
  for (; i < count; ++i) sums[0] += static_cast<double>(data[i]) * static_cast<double>(data[i]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <class T>
double largest_of(const T* data, int64_t count) {
  double largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double size = std::abs(static_cast<double>(data[i]));
    if (!(size <= largest)) largest = size;  // a nan is kept
    if (std::isnan(largest)) break;
  }
  return largest;
}

/// |g|^p of one tensor on a CPU, or max |g| for p = inf.
double power_sum(const at::Tensor& grad, double p) {
  if (is_small(grad) && (p == 2 || p == kInfinity)) {
    if (grad.scalar_type() == at::kFloat) {
      const auto* data = grad.const_data_ptr<float>();
      return p == 2 ? square_sum(data, grad.numel()) : largest_of(data, grad.numel());
    }
    if (grad.scalar_type() == at::kDouble) {
      const auto* data = grad.const_data_ptr<double>();
      return p == 2 ? square_sum(data, grad.numel()) : largest_of(data, grad.numel());
    }
  }
  const double norm = at::linalg_vector_norm(grad, p).item<double>();
  return p == kInfinity ? norm : std::pow(norm, p);
}

double cpu_norm(const std::vector<at::Tensor>& grads, double p) {
  double all = 0;
  for (const at::Tensor& grad : grads) {
    const double one = power_sum(grad, p);
    if (p != kInfinity) all += one;
    else if (!(one <= all)) all = one;
    if (std::isnan(all)) return all;
  }
  return p == kInfinity ? all : p == 2 ? std::sqrt(all) : std::pow(all, 1 / p);
}

bool all_on_cpu(const std::vector<at::Tensor>& grads) {
  return std::all_of(grads.begin(), grads.end(), [](const at::Tensor& grad) { return grad.is_cpu(); });
}

template <class T>
void multiply(T* data, int64_t count, T factor) {
  for (int64_t i = 0; i < count; ++i) data[i] *= factor;
}

void multiply_(const at::Tensor& grad, double factor) {
  if (is_small(grad) && grad.scalar_type() == at::kFloat)
    multiply(grad.mutable_data_ptr<float>(), grad.numel(), static_cast<float>(factor));
  else if (is_small(grad) && grad.scalar_type() == at::kDouble)
    multiply(grad.mutable_data_ptr<double>(), grad.numel(), factor);
  else grad.mul_(factor);
}

}  // namespace

double ClipNorm::p() const {
  const double* number = std::get_if<double>(&norm_type);
  return number ? *number : kInfinity;
}

at::Tensor norm_of(const std::vector<at::Tensor>& grads, double p) {
  if (grads.empty()) return {};
  if (all_on_cpu(grads)) return at::scalar_tensor(cpu_norm(grads, p), at::kDouble);
  std::vector<at::Tensor> norms = at::_foreach_norm(grads, p);
  for (at::Tensor& norm : norms) norm = norm.to(grads[0].device(), norms[0].scalar_type());
  return at::linalg_vector_norm(at::stack(norms), p);
}

at::Tensor clip_norm_(const std::vector<at::Tensor>& grads, const ClipNorm& clip) {
  at::Tensor norm = norm_of(grads, clip.p());
  if (!norm.defined()) return norm;
  if (clip.error_if_nonfinite && !std::isfinite(norm.item<double>()))
    throw Error("the norm of the gradients is " + repr(norm.item<double>()) + ", so they cannot be clipped")
        .help("optim_wrapper.clip_grad.error_if_nonfinite=False continues with it");
  if (norm.is_cpu()) {
    const double factor = *clip.max_norm / (norm.item<double>() + 1e-6);
    if (factor < 1 || std::isnan(factor))
      for (const at::Tensor& grad : grads) multiply_(grad, factor);
  } else {
    const at::Tensor factor = norm.add(1e-6).reciprocal_().mul_(*clip.max_norm).clamp_max_(1.0);
    for (const at::Tensor& grad : grads) grad.mul_(factor.to(grad.device(), grad.scalar_type()));
  }
  return norm;
}

void clip_value_(const std::vector<at::Tensor>& grads, const ClipValue& clip) {
  for (const at::Tensor& grad : grads) grad.clamp_(-*clip.clip_value, *clip.clip_value);
}

void TypeOf<ClipGrad>::bind(ClipGrad& field, const Value& value, Binder& binder) {
  if (!value.is_dict()) return binder.wrong_type(value, "a dict");
  Value rest = Value::dict();
  std::string type = "norm";
  for (const auto& [key, item] : value.as_dict()) {
    if (!(key == Value("type"))) {
      rest.as_dict().set(key, item);
    } else if (item.is_string() && (item.as_string() == "norm" || item.as_string() == "value")) {
      type = item.as_string();
    } else {
      binder.mistake(item, binder.subject() + ".type must be 'norm' or 'value', got " + item.repr());
      return;
    }
  }
  rest.set_place(value.place());
  if (type == "norm") {
    ClipNorm norm = detail::make_options<ClipNorm>();
    TypeOf<ClipNorm>::bind(norm, rest, binder);
    field = norm;
  } else {
    ClipValue clip = detail::make_options<ClipValue>();
    TypeOf<ClipValue>::bind(clip, rest, binder);
    field = clip;
  }
}

Value TypeOf<ClipGrad>::dump(const ClipGrad& field) {
  Value all = Value::dict();
  all.as_dict().set("type", field.how.index() == 0 ? "norm" : "value");
  const Value rest = std::visit([]<class T>(const T& clip) { return TypeOf<T>::dump(clip); }, field.how);
  for (const auto& [key, item] : rest.as_dict()) all.as_dict().set(key, item);
  return all;
}

}  // namespace millrace
