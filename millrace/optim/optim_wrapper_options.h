#pragma once

#include <cstdint>
#include <optional>

#include "millrace/optim/clip_grad.h"
#include "millrace/optim/optim_wrapper_constructor.h"
#include "millrace/optim/optimizer.h"
#include "millrace/registry/component.h"

namespace millrace {

/// Of an OptimWrapper, and of what is one with more options: they flatten these.
struct OptimWrapperOptions {
  Required<Component<Optimizer>> optimizer;
  int64_t accumulative_counts = 1;
  std::optional<ClipGrad> clip_grad;
  Component<OptimWrapperConstructor> paramwise_cfg{};

  template <class Fields>
  static void describe(Fields& f) {
    using O = OptimWrapperOptions;
    f("optimizer", &O::optimizer, "the rule by which parameters move");
    f("accumulative_counts", &O::accumulative_counts, "batches whose gradients make one step").at_least(1);
    f("clip_grad", &O::clip_grad, "limit of the gradients: {max_norm}, or {type: 'value', clip_value}");
    f("paramwise_cfg", &O::paramwise_cfg, "which parameters get an lr or a weight decay of their own");
  }
  /// Refuses rules by parameter that the optimizer has nothing for.
  static void check(const OptimWrapperOptions& options, Complaints& complaints);
};

/// What the rules by parameter multiply: lr as it is, by default too; a weight decay only where a config or a program
/// gives it, since a rule that multiplies a default is a mistake.
OptimWrapperConstructor::Base base_of(const Component<Optimizer>& optimizer);

}  // namespace millrace
