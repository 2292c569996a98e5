#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "millrace/base/restored.h"

namespace millrace {

/// Sees the operators of libtorch that this thread runs, from any caller: layers of any kind, plain functions,
/// TorchScript. The CallObserver sees calls of layers; this one sees what they compute.
///
///     struct Counter : OperatorObserver { void after_operator(const Call& call) override { … } } counter;
///     OperatorObserver::Scope scope(counter);
///     model.forward(x);
class OperatorObserver {
 public:
  struct Call {
    std::string_view name;               // "aten::convolution", "mylib::roi_align"
    std::span<const at::Tensor> inputs;  // the tensors among the arguments, lists flattened
    at::Tensor output;                   // the first tensor of the result; undefined without one
    std::optional<int64_t> flops;        // by the table in flops.h; absent: not in the table
  };

  virtual ~OperatorObserver() = default;
  /// Called after each operator, except for those that a counted operator calls: their cost is included in its own. An
  /// operator that is not counted comes after those that it called. Operators that throw or return nothing are left
  /// out. Spans and `name` are valid during the call.
  virtual void after_operator(const Call& call) = 0;

  /// Sets this thread's observer while it lives, and restores the previous one at its end.
  class Scope {
   public:
    explicit Scope(OperatorObserver& observer);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Restored<OperatorObserver*> observer_;
    uint64_t callback_ = 0;
  };
};

}  // namespace millrace
