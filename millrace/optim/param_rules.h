#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/log/notice.h"
#include "millrace/nn/module_view.h"
#include "millrace/optim/custom_keys.h"
#include "millrace/optim/param_group.h"
#include "millrace/registry/complaints.h"

namespace millrace {

/// The values in the optimizer's config for all parameters, if it has them.
struct BaseSettings {
  std::optional<double> lr;
  std::optional<double> weight_decay;
};

/// Rules by which single parameters get settings of their own.
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
struct ParamRules {
  CustomKeys::Entries custom_keys{};
  std::optional<double> bias_lr_mult;
  std::optional<double> bias_decay_mult;
  std::optional<double> norm_decay_mult;
  std::optional<double> dwconv_decay_mult;
  std::optional<double> flat_decay_mult;
  std::optional<double> dcn_offset_lr_mult;
  bool bypass_duplicate = false;
  bool strict = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = ParamRules;
    f("custom_keys", &O::custom_keys, "settings by a part of the parameter's name: {part: {lr_mult, decay_mult, …}}");
    f("bias_lr_mult", &O::bias_lr_mult, "factor on the lr of biases").at_least(0);
    f("bias_decay_mult", &O::bias_decay_mult, "factor on the weight decay of biases").at_least(0);
    f("norm_decay_mult", &O::norm_decay_mult, "factor on the weight decay of norm layers").at_least(0);
    f("dwconv_decay_mult", &O::dwconv_decay_mult, "factor on the weight decay of depth-wise convolutions").at_least(0);
    f("flat_decay_mult", &O::flat_decay_mult, "factor on the weight decay of parameters of one dimension").at_least(0);
    f("dcn_offset_lr_mult", &O::dcn_offset_lr_mult, "factor on the lr of the offsets of deformable convolutions")
        .at_least(0);
    f("bypass_duplicate", &O::bypass_duplicate, "skip a shared parameter after its first module");
    f("strict", &O::strict, "a key of custom_keys that no parameter has in its name is an error, not a warning");
  }

  /// Whether there is no rule at all.
  bool empty() const;
  /// Refuses factors for a weight decay that is not set.
  void check_base(const BaseSettings& base, Complaints& complaints) const;
  /// The settings of an entry of custom_keys, by key: the multiplied lr and weight decay, then the entry's own keys,
  /// which override them. Throws Error if a factor is not a number.
  static std::vector<std::pair<std::string, Value>> custom_settings(const CustomKeys::Entry& entry,
                                                                    const BaseSettings& base);
  /// The warnings on what the rules say, without a look at a network.
  std::vector<Notice> notices(const BaseSettings& base) const;
};

/// Whether an entry of custom_keys is all that holds for a parameter, or the other rules are applied over it.
enum class CustomFirst { alone, then_rules };
/// Whether frozen parameters belong to the optimizer, without settings of their own.
enum class FrozenParams { left_out, kept };

/// The groups of a network by the rules, in the order of its parameters; parameters with equal settings share one.
/// Throws Error if the rules multiply what is not there, and for a parameter of two modules unless bypass_duplicate.
std::vector<ParamGroup> groups_by_rules(const ParamRules& rules, CustomFirst custom, FrozenParams frozen,
                                        const ModuleView& model, const BaseSettings& base,
                                        std::vector<Notice>& notices);
/// All parameters in one group.
std::vector<ParamGroup> one_group(const ModuleView& model);

}  // namespace millrace
