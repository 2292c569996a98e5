#include <fmt/format.h>

#include <cmath>
#include <unordered_map>

#include "millrace/base/text.h"
#include "millrace/optim/constructors/layer_depths.h"
#include "millrace/optim/constructors/settled_groups.h"
#include "millrace/optim/optim_wrapper_constructor.h"
#include "millrace/tensor/value_state.h"

namespace millrace {

/// mmpretrain's: the learning rate falls by a factor from each layer of the network to the one below it.
///
///     lr(layer) = lr * layer_decay_rate^(layers - 1 - layer)         layer 0 is the stem (LayerDepths)
///
///     constructor='LearningRateDecayOptimWrapperConstructor',
///     paramwise_cfg=dict(layer_decay_rate=0.65, custom_keys={'.ln': dict(decay_mult=0.0)})
///
/// The other keys are about the weight decay alone, the first that fits: custom_keys (what else an entry sets is set,
/// but not lr), norm_decay_mult, bias_decay_mult, flat_decay_mult. Frozen parameters are left out.
class LearningRateDecayOptimWrapperConstructor final : public OptimWrapperConstructor {
 public:
  struct Options {
    double layer_decay_rate = 1.0;
    CustomKeys::Entries custom_keys{};
    std::optional<double> bias_decay_mult;
    std::optional<double> norm_decay_mult;
    std::optional<double> flat_decay_mult;
    bool strict = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("layer_decay_rate", &Options::layer_decay_rate, "factor on the lr from each layer to the one below").above(0);
      f("custom_keys", &Options::custom_keys, "settings by a part of the parameter's name: {part: {decay_mult, …}}");
      f("bias_decay_mult", &Options::bias_decay_mult, "factor on the weight decay of biases").at_least(0);
      f("norm_decay_mult", &Options::norm_decay_mult, "factor on the weight decay of norm layers").at_least(0);
      f("flat_decay_mult", &Options::flat_decay_mult, "factor on the weight decay of parameters of one dimension")
          .at_least(0);
      f("strict", &Options::strict,
        "a key of custom_keys that no parameter has in its name is an error, not a warning");
    }
  };

  static Facts facts_of(const Options& options) { return {true, rules_of(options)}; }
  explicit LearningRateDecayOptimWrapperConstructor(Options options)
      : options_(checked<LearningRateDecayOptimWrapperConstructor>(std::move(options))) {}

  std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                 std::vector<Notice>& notices) const override {
    check(base, notices);
    const LayerDepths depths(model);
    if (!depths.knows_layout())
      notices.push_back({LogLevel::warning,
                         "the layers of this network are not those of a known one: each module with "
                         "parameters counts as a layer"});
    CustomKeys keys(options_.custom_keys);
    std::unordered_map<const void*, const ModuleView*> owners;
    model.walk([&](const ModuleView& module) {
      for (const ModuleView::Named& param : module.params) owners.emplace(param.tensor.unsafeGetTensorImpl(), &module);
    });
    SettledGroups groups(SettledGroups::InFile::one_each);
    LayerLog log(depths.count(), *base.lr);
    for (const ModuleView::Named& param : model.all_params()) {
      keys.see(param.name);
      if (!param.tensor.requires_grad()) continue;
      State given = decay_of(param, *owners.at(param.tensor.unsafeGetTensorImpl()), base, keys);
      const int64_t layer = depths.of(param.name);
      const double scale = std::pow(options_.layer_decay_rate, static_cast<double>(depths.count() - layer - 1));
      given["lr"] = *base.lr * scale;
      log.add(layer, scale, given);
      groups.add(param, std::move(given));
    }
    keys.report(options_.strict, notices);
    log.write(notices);
    return groups.take();
  }

 private:
  static ParamRules rules_of(const Options& options) {
    return {.custom_keys = options.custom_keys,
            .bias_decay_mult = options.bias_decay_mult,
            .norm_decay_mult = options.norm_decay_mult,
            .flat_decay_mult = options.flat_decay_mult,
            .strict = options.strict};
  }

  void check(const Base& base, std::vector<Notice>& notices) const {
    const ParamRules rules = rules_of(options_);
    Complaints complaints("paramwise_cfg");
    rules.check_base(base, complaints);
    complaints.throw_if_any();
    if (!base.lr) throw Error("layer_decay_rate changes lr, but the optimizer has none");
    for (Notice& notice : rules.notices(base)) notices.push_back(std::move(notice));
    for (const auto& [part, entry] : options_.custom_keys)
      for (const char* key : {"lr", "lr_mult"})
        if (entry.contains(key))
          notices.push_back({LogLevel::warning, fmt::format("paramwise_cfg.custom_keys['{}'].{} has no effect: the "
                                                            "layer decides the lr",
                                                            part, key)});
  }

  State decay_of(const ModuleView::Named& param, const ModuleView& owner, const Base& base, CustomKeys& keys) const {
    State given = State::dict();
    if (const CustomKeys::Entry* entry = keys.find(param.name)) {
      for (const auto& [key, value] :
           ParamRules::custom_settings(*entry, {.lr = {}, .weight_decay = base.weight_decay}))
        if (key != "lr" && key != "lr_mult" && key != "decay_mult") given[key] = state_of(value);
      return given;
    }
    if (!base.weight_decay) return given;
    std::optional<double> factor;
    const std::string own_name = split(param.name, '.').back();
    if (owner.kind == ModuleKind::norm && options_.norm_decay_mult) factor = options_.norm_decay_mult;
    else if (own_name == "bias" && options_.bias_decay_mult) factor = options_.bias_decay_mult;
    else if (param.tensor.dim() == 1 && options_.flat_decay_mult) factor = options_.flat_decay_mult;
    given["weight_decay"] = *base.weight_decay * factor.value_or(1.0);
    return given;
  }

  Options options_;
};

MILLRACE_REGISTER(OptimWrapperConstructor, LearningRateDecayOptimWrapperConstructor);

}  // namespace millrace
