#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include "millrace/nn/module.h"

namespace millrace::nn {

/// Any layer from a tensor to a tensor, for networks whose options choose the classes of their layers. Calls are
/// observed.
///
///     Layer norm = options.norm_cfg.build()->make(64);
///     module.register_module("bn1", norm.module());
///     at::Tensor y = norm(x);
class Layer {
 public:
  Layer() = default;
  template <std::derived_from<torch::nn::Module> M>
  Layer(std::shared_ptr<M> module)  // NOLINT: a layer is what it holds
      : module_(std::move(module)), run_([](torch::nn::Module& step, const at::Tensor& x) -> at::Tensor {
          return call(static_cast<M&>(step), x);
        }) {}
  template <class Holder>
  requires requires { typename Holder::Impl; }
  Layer(const Holder& holder) : Layer(holder.ptr()) {}  // NOLINT

  at::Tensor operator()(const at::Tensor& x) const { return run_(*module_, x); }
  /// False for an empty layer.
  explicit operator bool() const { return module_ != nullptr; }
  const std::shared_ptr<torch::nn::Module>& module() const { return module_; }

 private:
  std::shared_ptr<torch::nn::Module> module_;
  at::Tensor (*run_)(torch::nn::Module&, const at::Tensor&) = nullptr;
};

}  // namespace millrace::nn
