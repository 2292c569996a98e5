#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>

/// The operators of tensors, + - * / and the comparisons, for 0 s of compile time; <ATen/TensorOperators.h> brings the
/// same ones together with all functions of ATen, for 5 s. A source may include both.
///
///     const at::Tensor error = 2 * (x - y).abs() / sum;
///
/// They are templates, so that libtorch's own ones are taken where both are known.
namespace at {

namespace millrace_operators {
template <class T>
concept IsTensor = std::same_as<T, Tensor>;
template <class T>
concept IsNumber = !std::same_as<T, Tensor> && std::convertible_to<const T&, Scalar>;
/// The number as a tensor like `like`, as libtorch makes it for `number - tensor`.
Tensor filled_like(const Tensor& like, const Scalar& number);
}  // namespace millrace_operators

#define MILLRACE_OPERATOR(op, method, reversed)                             \
  template <millrace_operators::IsTensor T>                                 \
  Tensor operator op(const T& x, const T& y) {                              \
    return x.method(y);                                                     \
  }                                                                         \
  template <millrace_operators::IsTensor T, millrace_operators::IsNumber N> \
  Tensor operator op(const T& x, const N& number) {                         \
    const Scalar y(number);                                                 \
    return x.method(y);                                                     \
  }                                                                         \
  template <millrace_operators::IsNumber N, millrace_operators::IsTensor T> \
  Tensor operator op(const N& number, const T& y) {                         \
    const Scalar x(number);                                                 \
    return reversed;                                                        \
  }
MILLRACE_OPERATOR(+, add, y.add(x))
MILLRACE_OPERATOR(*, mul, y.mul(x))
MILLRACE_OPERATOR(-, sub, millrace_operators::filled_like(y, x).sub_(y))
MILLRACE_OPERATOR(/, div, millrace_operators::filled_like(y, x).div_(y))
MILLRACE_OPERATOR(<, lt, y.gt(x))
MILLRACE_OPERATOR(<=, le, y.ge(x))
MILLRACE_OPERATOR(>, gt, y.lt(x))
MILLRACE_OPERATOR(>=, ge, y.le(x))
MILLRACE_OPERATOR(==, eq, y.eq(x))
MILLRACE_OPERATOR(!=, ne, y.ne(x))
#undef MILLRACE_OPERATOR

}  // namespace at
