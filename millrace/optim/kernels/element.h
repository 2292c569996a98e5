#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "millrace/tensor/operators.h"

#if defined(__GNUC__)
/// A rule and what it calls must end up inside the loop that is compiled for the processor: a call would not be.
#define MILLRACE_RULE __attribute__((always_inline))
#else
#define MILLRACE_RULE
#endif

namespace millrace {

/// One element of a parameter, its gradient or its state while a rule is applied. Numbers of a rule are double; they are
/// rounded to T before they meet an element, as PyTorch's operators do.
template <class T>
struct Element {
  T value;

  MILLRACE_RULE friend Element operator-(Element a) { return {-a.value}; }
  MILLRACE_RULE friend Element operator+(Element a, Element b) { return {a.value + b.value}; }
  MILLRACE_RULE friend Element operator-(Element a, Element b) { return {a.value - b.value}; }
  MILLRACE_RULE friend Element operator*(Element a, Element b) { return {a.value * b.value}; }
  MILLRACE_RULE friend Element operator/(Element a, Element b) { return {a.value / b.value}; }
  MILLRACE_RULE friend Element operator+(Element a, double b) { return {a.value + static_cast<T>(b)}; }
  MILLRACE_RULE friend Element operator-(Element a, double b) { return {a.value - static_cast<T>(b)}; }
  MILLRACE_RULE friend Element operator*(Element a, double b) { return {a.value * static_cast<T>(b)}; }
  MILLRACE_RULE friend Element operator*(double a, Element b) { return {static_cast<T>(a) * b.value}; }
};

template <class T>
MILLRACE_RULE inline Element<T> root(Element<T> x) {
  return {std::sqrt(x.value)};
}
template <class T>
MILLRACE_RULE inline Element<T> size_of(Element<T> x) {
  return {x.value < 0 ? -x.value : x.value};
}
template <class T>
MILLRACE_RULE inline Element<T> larger(Element<T> a, Element<T> b) {
  return {a.value > b.value ? a.value : b.value};
}
template <class T>
MILLRACE_RULE inline Element<T> at_least(Element<T> x, double low) {
  const T least = static_cast<T>(low);
  return {x.value < least ? least : x.value};
}
template <class T>
MILLRACE_RULE inline Element<T> clamped(Element<T> x, double low, double high) {
  const T least = static_cast<T>(low), most = static_cast<T>(high);
  const T raised = x.value < least ? least : x.value;
  return {raised > most ? most : raised};
}
/// -1, 0 or 1.
template <class T>
MILLRACE_RULE inline Element<T> sign_of(Element<T> x) {
  return {(x.value > 0 ? T(1) : T(0)) - (x.value < 0 ? T(1) : T(0))};
}
/// One of three numbers, by the sign of x.
template <class T>
MILLRACE_RULE inline Element<T> by_sign(Element<T> x, double above, double zero, double below) {
  const T not_above = x.value < 0 ? static_cast<T>(below) : static_cast<T>(zero);
  return {x.value > 0 ? static_cast<T>(above) : not_above};
}

/// All elements at once, on a device or in a layout that the loops don't take: the same rule by libtorch's operators.
template <>
struct Element<at::Tensor> {
  at::Tensor value;

  friend Element operator-(const Element& a) { return {a.value.neg()}; }
  friend Element operator+(const Element& a, const Element& b) { return {a.value + b.value}; }
  friend Element operator-(const Element& a, const Element& b) { return {a.value - b.value}; }
  friend Element operator*(const Element& a, const Element& b) { return {a.value * b.value}; }
  friend Element operator/(const Element& a, const Element& b) { return {a.value / b.value}; }
  friend Element operator+(const Element& a, double b) { return {a.value + b}; }
  friend Element operator-(const Element& a, double b) { return {a.value - b}; }
  friend Element operator*(const Element& a, double b) { return {a.value * b}; }
  friend Element operator*(double a, const Element& b) { return {b.value * a}; }
};
inline Element<at::Tensor> root(const Element<at::Tensor>& x) { return {x.value.sqrt()}; }
inline Element<at::Tensor> size_of(const Element<at::Tensor>& x) { return {x.value.abs()}; }
inline Element<at::Tensor> larger(const Element<at::Tensor>& a, const Element<at::Tensor>& b) {
  return {at::where(a.value > b.value, a.value, b.value)};
}
inline Element<at::Tensor> at_least(const Element<at::Tensor>& x, double low) { return {x.value.clamp_min(low)}; }
inline Element<at::Tensor> clamped(const Element<at::Tensor>& x, double low, double high) {
  return {x.value.clamp(low, high)};
}
inline Element<at::Tensor> sign_of(const Element<at::Tensor>& x) { return {x.value.sign()}; }
inline Element<at::Tensor> by_sign(const Element<at::Tensor>& x, double above, double zero, double below) {
  const at::Tensor sign = x.value.sign();
  const at::Tensor middle = sign.abs().neg() * zero + zero;
  return {(sign > 0).to(sign.scalar_type()) * above + (sign < 0).to(sign.scalar_type()) * below + middle};
}

}  // namespace millrace
