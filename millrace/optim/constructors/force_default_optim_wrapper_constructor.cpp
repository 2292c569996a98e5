#include "millrace/optim/optim_wrapper_constructor.h"

namespace millrace {

/// The DefaultOptimWrapperConstructor of mmsegmentation and mmpose that can apply the other rules over custom_keys.
///
///     constructor='ForceDefaultOptimWrapperConstructor',
///     paramwise_cfg=dict(custom_keys={'image_encoder': dict(lr_mult=0.1)}, norm_decay_mult=0.0,
///                        force_default_settings=True)
///
/// With force_default_settings a norm layer of the image_encoder gets a tenth of the lr and no weight decay; without it
/// the entry of custom_keys is all that holds. Frozen parameters stay in the optimizer: they move once they are thawed.
class ForceDefaultOptimWrapperConstructor final : public OptimWrapperConstructor {
 public:
  struct Options {
    ParamRules rules{};
    bool force_default_settings = false;

    template <class Fields>
    static void describe(Fields& f) {
      f.flatten(&Options::rules);  // custom_keys, bias_lr_mult, …
      f("force_default_settings", &Options::force_default_settings,
        "apply the other rules to parameters of custom_keys, too");
    }
  };

  static Facts facts_of(const Options& options) { return {!options.rules.empty(), options.rules}; }
  explicit ForceDefaultOptimWrapperConstructor(Options options)
      : options_(checked<ForceDefaultOptimWrapperConstructor>(std::move(options))) {}

  std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                 std::vector<Notice>& notices) const override {
    if (options_.rules.empty()) return one_group(model);
    const CustomFirst custom = options_.force_default_settings ? CustomFirst::then_rules : CustomFirst::alone;
    return groups_by_rules(options_.rules, custom, FrozenParams::kept, model, base, notices);
  }

 private:
  Options options_;
};

MILLRACE_REGISTER(OptimWrapperConstructor, ForceDefaultOptimWrapperConstructor);

}  // namespace millrace
