#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/optim/accumulation.h"
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

/// As many batches for each step, or a schedule of such numbers.
using AccumulativeCounts = std::variant<int64_t, Accumulation::Schedule>;
/// The largest of them.
int64_t most_accumulated(const AccumulativeCounts& counts);

/// The options of an OptimWrapper; derived classes flatten them.
struct OptimWrapperOptions {
  Required<Component<Optimizer>> optimizer;
  AccumulativeCounts accumulative_counts = int64_t{1};
  bool accumulative_by_epoch = false;
  std::optional<ClipGrad> clip_grad;
  Component<OptimWrapperConstructor> paramwise_cfg{};

  template <class Fields>
  static void describe(Fields& f) {
    using O = OptimWrapperOptions;
    f("optimizer", &O::optimizer, "the optimizer");
    f("accumulative_counts", &O::accumulative_counts,
      "batches whose gradients make one step, at least 1; or (begin, batches) pairs: from iteration `begin` on");
    f("accumulative_by_epoch", &O::accumulative_by_epoch, "the pairs of accumulative_counts begin at epochs");
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
