#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "millrace/base/restored.h"

namespace millrace {

/// Sees the operators of libtorch that this thread runs, whoever calls them: layers of any kind, plain functions,
/// TorchScript. Where the CallObserver sees that a layer is called, this one sees what it computes.
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
    std::optional<int64_t> flops;        // of the table in flops.h; none: it is not in the table
  };

  virtual ~OperatorObserver() = default;
  /// After each operator that a counted one has not called itself: its cost is in that one's. An operator that is not
  /// counted comes after those that it called, and one that throws or gives nothing does not come. Spans and `name` end
  /// with the call.
  virtual void after_operator(const Call& call) = 0;

  /// Sets this thread's observer for the time of its life and puts the one before back at its end.
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
