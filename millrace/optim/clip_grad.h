#pragma once

#include <ATen/core/Tensor.h>

#include <variant>
#include <vector>

#include "millrace/registry/component.h"

namespace millrace {

/// Scales all gradients together so that their norm, taken over all of them, is at most max_norm:
///
///     g <- g min(1, max_norm / (|g| + 1e-6)),   |g| = (sum |g_i|^p)^(1/p), p = norm_type; max |g_i| for p = inf
///
/// (Pascanu et al. 2013, arXiv 1211.5063; the 1e-6 is PyTorch's.)
struct ClipNorm {
  enum class Infinity { inf };
  Required<double> max_norm;
  std::variant<double, Infinity> norm_type = 2.0;
  bool error_if_nonfinite = false;

  template <class Fields>
  static void describe(Fields& f) {
    f("max_norm", &ClipNorm::max_norm, "largest norm of all gradients together").at_least(0).may_be_infinite();
    f("norm_type", &ClipNorm::norm_type, "p of the p-norm, or 'inf'").above(0).may_be_infinite();
    f("error_if_nonfinite", &ClipNorm::error_if_nonfinite, "stop at a norm that is nan or infinite");
    f.ignore("foreach", "only how it is computed");
  }
  double p() const;  // infinity for Infinity::inf
};

/// Clips each element of each gradient to [-clip_value, clip_value].
struct ClipValue {
  Required<double> clip_value;

  template <class Fields>
  static void describe(Fields& f) {
    f("clip_value", &ClipValue::clip_value, "largest absolute value of an element").at_least(0).may_be_infinite();
    f.ignore("foreach", "only how it is computed");
  }
};

/// One of the two. In a config: dict(max_norm=35, norm_type=2), or dict(type='value', clip_value=0.5).
struct ClipGrad {
  std::variant<ClipNorm, ClipValue> how;

  ClipGrad() : how(ClipNorm{.max_norm = 0.0}) {}
  ClipGrad(ClipNorm norm) : how(std::move(norm)) {}     // NOLINT: an option is what it holds
  ClipGrad(ClipValue value) : how(std::move(value)) {}  // NOLINT
};

template <>
struct TypeOf<ClipGrad> {
  static std::string name() { return "dict"; }
  static void bind(ClipGrad& field, const Value& value, Binder& binder);
  static Value dump(const ClipGrad& field);
};

/// The p-norm of all gradients together: (), float64 on a CPU, where it allocates only the result; elsewhere with the
/// gradients' dtype, without waiting for the device. Undefined without gradients.
at::Tensor norm_of(const std::vector<at::Tensor>& grads, double p);

/// Clips in place and returns the norm before (see norm_of). Throws Error if it is not finite and error_if_nonfinite is
/// set.
at::Tensor clip_norm_(const std::vector<at::Tensor>& grads, const ClipNorm& clip);
void clip_value_(const std::vector<at::Tensor>& grads, const ClipValue& clip);

}  // namespace millrace
