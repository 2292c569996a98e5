#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <utility>

#include "millrace/nn/call_observer.h"

namespace millrace::nn {

/// A module holder like libtorch's (register_module, torch::nn containers and `->` accept it) whose calls the
/// CallObserver sees.
template <class Impl>
class ModuleHolder : public torch::nn::ModuleHolder<Impl> {
 public:
  using torch::nn::ModuleHolder<Impl>::ModuleHolder;

  template <class... Args>
  decltype(auto) operator()(Args&&... args) const {
    return call(*this->impl_, std::forward<Args>(args)...);
  }
};

}  // namespace millrace::nn

/// Declares the observed holder `Name` of the module class `NameImpl`:
///
///     struct BlockImpl : torch::nn::Module { at::Tensor forward(const at::Tensor& x); };
///     MILLRACE_MODULE(Block);
#define MILLRACE_MODULE(Name) MILLRACE_MODULE_OF(Name, Name##Impl)
/// The same for a module class with another name.
#define MILLRACE_MODULE_OF(Name, ImplType)                                  \
  class Name : public ::millrace::nn::ModuleHolder<ImplType> { /* NOLINT */ \
   public:                                                                  \
    using ::millrace::nn::ModuleHolder<ImplType>::ModuleHolder;             \
    using Impl [[maybe_unused]] = ImplType;                                 \
  }
