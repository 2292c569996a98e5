#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "millrace/nn/module.h"

namespace millrace::nn {

/// Modules one after the other, each of a tensor to a tensor. Every call is observed (libtorch's own Sequential calls
/// past the holders). Names are "0", "1", … unless given, as PyTorch's.
///
///     nn::Sequential body(nn::Conv2d(…), nn::ReLU());
///     body->push_back("pool", nn::MaxPool2d(2));
class SequentialImpl : public torch::nn::Module {
 public:
  SequentialImpl() = default;
  template <class... Modules>
  requires(sizeof...(Modules) > 0) explicit SequentialImpl(Modules&&... modules) {
    (push_back(std::forward<Modules>(modules)), ...);
  }

  template <class M>
  void push_back(M module) {
    push_back(std::to_string(size()), std::move(module));
  }
  template <class M>
  requires std::derived_from<M, torch::nn::Module>
  void push_back(std::string name, std::shared_ptr<M> module) {
    steps_.push_back({module.get(), [](torch::nn::Module& step, const at::Tensor& x) -> at::Tensor {
                        return call(static_cast<M&>(step), x);
                      }});
    register_module(std::move(name), std::move(module));
  }
  template <class Holder>
  requires requires { typename Holder::Impl; }
  void push_back(std::string name, Holder holder) { push_back(std::move(name), holder.ptr()); }

  at::Tensor forward(at::Tensor x);

  int64_t size() const { return static_cast<int64_t>(steps_.size()); }
  torch::nn::Module& operator[](int64_t i) const { return *steps_.at(static_cast<size_t>(i)).module; }

  void pretty_print(std::ostream& stream) const override;

 private:
  struct Step {
    torch::nn::Module* module;  // owned as a registered child
    at::Tensor (*run)(torch::nn::Module&, const at::Tensor&);
  };
  std::vector<Step> steps_;
};
MILLRACE_MODULE(Sequential);

}  // namespace millrace::nn
