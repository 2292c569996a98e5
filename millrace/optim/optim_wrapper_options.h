#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/optim/clip_grad.h"
#include "millrace/optim/optim_wrapper_constructor.h"
#include "millrace/optim/optimizer.h"
#include "millrace/registry/component.h"
#include "millrace/tensor/precision.h"

namespace millrace {

/// The facts on an OptimWrapper that are known before it is built.
struct OptimWrapperFacts {
  std::optional<Precision> precision{};                // the precision that it asks for, if any
  std::optional<std::vector<std::string>> settings{};  // the numbers that schedules can change; nothing if unknown
  std::optional<bool> by_parameter{};                  // whether parameters may have their own settings
};

/// The options of an OptimWrapper; derived classes flatten them.
struct OptimWrapperOptions {
  Required<Component<Optimizer>> optimizer;
  int64_t accumulative_counts = 1;
  std::optional<ClipGrad> clip_grad;
  Component<OptimWrapperConstructor> paramwise_cfg{};

  template <class Fields>
  static void describe(Fields& f) {
    using O = OptimWrapperOptions;
    f("optimizer", &O::optimizer, "the optimizer");
    f("accumulative_counts", &O::accumulative_counts, "batches whose gradients make one step").at_least(1);
    f("clip_grad", &O::clip_grad, "limit of the gradients: {max_norm}, or {type: 'value', clip_value}");
    f("paramwise_cfg", &O::paramwise_cfg, "rules for the lr and the weight decay of single parameters");
  }
  /// Refuses rules by parameter for settings that the optimizer does not have, and an accumulation that it cannot do.
  static void check(const OptimWrapperOptions& options, Complaints& complaints);
  OptimWrapperFacts facts() const;
};

/// The values that the rules by parameter multiply: the lr, given or default; the weight decay only if a config or a
/// program gives it, since a rule that multiplies a default is a mistake.
OptimWrapperConstructor::Base base_of(const Component<Optimizer>& optimizer);

}  // namespace millrace
