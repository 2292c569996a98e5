#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "millrace/base/restored.h"
#include "millrace/nn/recompute.h"

namespace torch::nn {
class Module;
}

namespace millrace::nn {

/// Sees the calls of observed modules: for shapes in a summary, FLOPs, the first layer with a NaN, feature maps.
///
///     struct Calls : CallObserver {
///       void before_call(torch::nn::Module& module, std::span<const at::Tensor> inputs) override { ++count; }
///       int count = 0;
///     } calls;
///     CallObserver::Scope scope(calls);
///     model.forward(x);
///
/// A call is observed where it is made through a holder of MILLRACE_MODULE, millrace::nn::Sequential or nn::call; calls
/// nest: before_call of a block, those of its layers, after_call of the block. The spans hold the tensors among the
/// arguments and in the result (lists and tuples flattened) and end with the call. A call that throws has no
/// after_call. Each thread has its own observer; without one, a call only tests a pointer.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void before_call(torch::nn::Module& module, std::span<const at::Tensor> inputs) {}
  virtual void after_call(torch::nn::Module& module, std::span<const at::Tensor> inputs,
                          std::span<const at::Tensor> outputs) {}
  /// Whether autograd keeps only the input of this call, and the backward pass makes the call again (recompute.h). Asked
  /// for each call from one tensor to one tensor.
  virtual bool recomputes(const torch::nn::Module& module) { return false; }

  /// The observer of this thread; null without one.
  static CallObserver* current() { return current_; }

  /// Sets this thread's observer while it lives, and restores the previous one at its end.
  class Scope {
   public:
    explicit Scope(CallObserver& observer) : observer_(current_, &observer) {}

   private:
    Restored<CallObserver*> observer_;
  };

 private:
  static constinit thread_local CallObserver* current_;
};

namespace detail {

inline void collect_tensors(std::vector<at::Tensor>& into, const at::Tensor& tensor) { into.push_back(tensor); }
template <class A>
void collect_tensors(std::vector<at::Tensor>& into, const std::vector<at::Tensor, A>& tensors) {
  into.insert(into.end(), tensors.begin(), tensors.end());
}
template <class... Ts>
void collect_tensors(std::vector<at::Tensor>& into, const std::tuple<Ts...>& tuple) {
  std::apply([&](const auto&... each) { (collect_tensors(into, each), ...); }, tuple);
}
template <class T>
requires(!std::is_convertible_v<const T&, at::Tensor>) void collect_tensors(std::vector<at::Tensor>&, const T&) {}

template <class M, class... Args>
decltype(auto) recomputable_call(CallObserver& observer, M& module, Args&&... args) {
  constexpr bool kIsOfOneTensor =
      sizeof...(Args) == 1 && (std::is_same_v<std::remove_cvref_t<Args>, at::Tensor> && ...);
  if constexpr (kIsOfOneTensor) {
    if constexpr (std::is_same_v<decltype(module.forward(args...)), at::Tensor>) {
      if (observer.recomputes(module))
        return recompute([&module](const at::Tensor& x) -> at::Tensor { return module.forward(x); }, args...);
    }
  }
  return module.forward(std::forward<Args>(args)...);
}

template <class M, class... Args>
decltype(auto) observed_call(CallObserver& observer, M& module, Args&&... args) {
  std::vector<at::Tensor> inputs, outputs;
  (collect_tensors(inputs, args), ...);
  observer.before_call(module, inputs);
  auto result = recomputable_call(observer, module, std::forward<Args>(args)...);
  collect_tensors(outputs, result);
  observer.after_call(module, inputs, outputs);
  return result;
}

/// Throws a LayerError instead of `error` if `module` is a layer of PyTorch, and the fault is its input's.
void explain(const torch::nn::Module& module, std::span<const at::Tensor> inputs, const c10::Error& error);

}  // namespace detail

/// module.forward(args...), seen by this thread's observer. What libtorch says of the input of a layer becomes a
/// LayerError, in words of the layer's options.
template <class M, class... Args>
decltype(auto) call(M& module, Args&&... args) {
  try {
    CallObserver* const observer = CallObserver::current();
    if (!observer) [[likely]]
      return module.forward(std::forward<Args>(args)...);
    return detail::observed_call(*observer, module, std::forward<Args>(args)...);
  } catch (const c10::Error& error) {
    std::vector<at::Tensor> inputs;
    (detail::collect_tensors(inputs, args), ...);
    detail::explain(module, inputs, error);
    throw;
  }
}

}  // namespace millrace::nn
