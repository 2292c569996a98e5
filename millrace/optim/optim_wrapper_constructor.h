#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/log/notice.h"
#include "millrace/nn/module_view.h"
#include "millrace/optim/param_group.h"
#include "millrace/registry/component.h"

namespace millrace {

/// Chooses the parameters of an optimizer and the settings of each. In a config it is `constructor` (the type) and
/// `paramwise_cfg` (its options) of an optim_wrapper.
class OptimWrapperConstructor {
 public:
  static constexpr const char* kKind = "OptimWrapperConstructor";
  using Registry = millrace::Registry<OptimWrapperConstructor>;

  /// The values in the optimizer's config for all parameters, if it has them.
  struct Base {
    std::optional<double> lr;
    std::optional<double> weight_decay;
  };

  /// The facts on it that are known before it is built.
  struct Facts {
    std::optional<bool> by_parameter{};  // whether parameters may get their own settings; nothing if unknown
  };

  virtual ~OptimWrapperConstructor() = default;
  /// At least one group, in the order of the network's parameters.
  virtual std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                         std::vector<Notice>& notices) const = 0;
};

/// Puts all parameters in one group. If any rule is given, each parameter follows these rules, and frozen ones are left
/// out.
///
///     custom_keys={'backbone': dict(lr_mult=0.1), 'norm': dict(decay_mult=0)}
///
/// custom_keys  The longest key that is a part of the parameter's name wins (of equal length, the first of the
///              alphabet), and no other rule holds for it: lr and weight decay are multiplied, anything else in the dict
///              is set.
/// lr           bias_lr_mult: a `bias`, not of a norm or an offset of a deformable convolution.
///              dcn_offset_lr_mult: a convolution named conv_offset of a deformable one.
/// weight decay The first that fits: norm_decay_mult (norm layers), bias_decay_mult (a `bias`), dwconv_decay_mult
///              (depth-wise convolutions), flat_decay_mult (parameters of one dimension).
class DefaultOptimWrapperConstructor final : public OptimWrapperConstructor {
 public:
  struct Options {
    std::map<std::string, std::map<std::string, Value>> custom_keys{};
    std::optional<double> bias_lr_mult;
    std::optional<double> bias_decay_mult;
    std::optional<double> norm_decay_mult;
    std::optional<double> dwconv_decay_mult;
    std::optional<double> flat_decay_mult;
    std::optional<double> dcn_offset_lr_mult;
    bool bypass_duplicate = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("custom_keys", &Options::custom_keys,
        "settings by a part of the parameter's name: {part: {lr_mult, decay_mult, …}}");
      f("bias_lr_mult", &Options::bias_lr_mult, "factor on the lr of biases").at_least(0);
      f("bias_decay_mult", &Options::bias_decay_mult, "factor on the weight decay of biases").at_least(0);
      f("norm_decay_mult", &Options::norm_decay_mult, "factor on the weight decay of norm layers").at_least(0);
      f("dwconv_decay_mult", &Options::dwconv_decay_mult, "factor on the weight decay of depth-wise convolutions")
          .at_least(0);
      f("flat_decay_mult", &Options::flat_decay_mult, "factor on the weight decay of parameters of one dimension")
          .at_least(0);
      f("dcn_offset_lr_mult", &Options::dcn_offset_lr_mult,
        "factor on the lr of the offsets of deformable convolutions")
          .at_least(0);
      f("bypass_duplicate", &Options::bypass_duplicate, "skip a shared parameter after its first module");
    }
  };

  /// Refuses factors for a weight decay that is not set.
  static void check_base(const Options& options, const Base& base, Complaints& complaints);
  /// The settings of an entry of custom_keys, by key: the multiplied lr and weight decay, then the entry's own keys,
  /// which override them. Throws Error if a factor is not a number.
  static std::vector<std::pair<std::string, Value>> custom_settings(const std::map<std::string, Value>& entry,
                                                                    const Base& base);
  /// Whether there is any rule.
  static Facts facts_of(const Options& options);
  DefaultOptimWrapperConstructor() : DefaultOptimWrapperConstructor(Options{}) {}
  explicit DefaultOptimWrapperConstructor(Options options);
  std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                 std::vector<Notice>& notices) const override;

 private:
  Options options_;
};

}  // namespace millrace
