#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "millrace/nn/call_observer.h"
#include "millrace/nn/module_view.h"

namespace millrace {

/// The parts of a network whose activations a training does not keep: the backward pass computes them again
/// (activation_checkpointing; nn::recompute). It costs time and saves memory; losses and weights stay the same, bit for
/// bit.
///
/// A part is recomputed where it is called through a holder of MILLRACE_MODULE, nn::Sequential or nn::call, with one tensor
/// that needs a gradient, and gives one. Batch norms must be those of millrace::nn: torch::nn's would update their running
/// statistics twice.
class RecomputedParts final : public nn::CallObserver {
 public:
  /// Throws Error if the network has no part of that path, with the nearest one.
  RecomputedParts(const ModuleView& model, const std::vector<std::string>& paths);

  /// In force while it lives, within the observer that is in force.
  class Scope {
   public:
    explicit Scope(RecomputedParts& parts) : enter_((parts.outer_ = current(), parts)) {}

   private:
    nn::CallObserver::Scope enter_;
  };

  /// The paths of parts that have not been called in a way in which they can be recomputed.
  std::vector<std::string> not_called() const;

  void before_call(torch::nn::Module& module, std::span<const at::Tensor> inputs) override;
  void after_call(torch::nn::Module& module, std::span<const at::Tensor> inputs,
                  std::span<const at::Tensor> outputs) override;
  bool recomputes(const torch::nn::Module& module) override;

 private:
  struct Part {
    std::string path;
    bool called = false;
  };
  std::unordered_map<const torch::nn::Module*, Part> parts_;
  CallObserver* outer_ = nullptr;
};

}  // namespace millrace
