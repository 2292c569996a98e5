#pragma once

#include <optional>
#include <vector>

#include "millrace/optim/param_rules.h"
#include "millrace/registry/component.h"

namespace millrace {

/// Chooses the parameters of an optimizer and the settings of each. In a config it is `constructor` (the type) and
/// `paramwise_cfg` (its options) of an optim_wrapper.
class OptimWrapperConstructor {
 public:
  static constexpr const char* kKind = "OptimWrapperConstructor";
  using Registry = millrace::Registry<OptimWrapperConstructor>;
  using Base = BaseSettings;

  /// The facts on it that are known before it is built.
  struct Facts {
    std::optional<bool> by_parameter{};  // whether parameters may get their own settings; nothing if unknown
    std::optional<ParamRules> rules{};   // what multiplies the optimizer's settings, if it goes by such rules
  };

  virtual ~OptimWrapperConstructor() = default;
  /// At least one group, in the order of the network's parameters.
  virtual std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                         std::vector<Notice>& notices) const = 0;
};

/// Puts all parameters in one group. If any rule is given, each parameter follows the rules (ParamRules says how), and
/// frozen ones are left out.
class DefaultOptimWrapperConstructor final : public OptimWrapperConstructor {
 public:
  using Options = ParamRules;

  static Facts facts_of(const Options& options) { return {!options.empty(), options}; }
  DefaultOptimWrapperConstructor() : DefaultOptimWrapperConstructor(Options{}) {}
  explicit DefaultOptimWrapperConstructor(Options options);
  std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                 std::vector<Notice>& notices) const override;

 private:
  Options options_;
};

}  // namespace millrace
