#include "millrace/optim/param_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/tensor/value_state.h"

namespace millrace {

namespace {

/// `base` times the factor under `key`, if there is one.
Value multiplied(double base, const CustomKeys::Entry& settings, const char* key) {
  const auto found = settings.find(key);
  if (found == settings.end()) return base;
  const Value& value = found->second;
  if (!value.is_number() && !value.is_integer())
    throw Error(value.place(), fmt::format("{} must be a number, got {}", key, value.repr()));
  Value product = base * (value.is_number() ? value.as_number() : static_cast<double>(value.as_integer()));
  return std::move(product.set_place(value.place()));
}

/// One walk over a network: gives each parameter its settings and joins those of equal ones.
class RuleWalk {
 public:
  RuleWalk(const ParamRules& rules, CustomFirst custom, FrozenParams frozen, const BaseSettings& base,
           std::vector<Notice>& notices)
      : rules_(rules), custom_(custom), frozen_(frozen), base_(base), notices_(notices), keys_(rules.custom_keys) {}

  std::vector<ParamGroup> walk(const ModuleView& model) {
    add_module(model, false);
    keys_.report(rules_.strict, notices_);
    return std::move(groups_);
  }

 private:
  void add_module(const ModuleView& module, bool parent_is_deformable) {
    for (const ModuleView::Named& param : module.params) add_param(module, param, parent_is_deformable);
    const bool deformable = module.type_name.find("DeformConv2d") != std::string::npos;
    for (const ModuleView& child : module.children) add_module(child, deformable);
  }

  void add_param(const ModuleView& module, const ModuleView::Named& param, bool parent_is_deformable) {
    const std::string name = module.path.empty() ? param.name : module.path + "." + param.name;
    const auto [seen, is_new] = seen_.emplace(param.tensor.unsafeGetTensorImpl(), name);
    if (!is_new) {
      if (!rules_.bypass_duplicate)
        throw Error(
            fmt::format("{} and {} are the same parameter: it would be updated twice per step", seen->second, name))
            .help("optim_wrapper.paramwise_cfg.bypass_duplicate=True updates it once");
      notices_.push_back(
          {LogLevel::warning, fmt::format("{} is the same parameter as {}: skipped", name, seen->second)});
      return;
    }
    if (!param.tensor.requires_grad()) {
      keys_.see(name);
      if (frozen_ == FrozenParams::kept) return add_to_group(State::dict(), param, name);
      notices_.push_back({LogLevel::warning, name + " is frozen: the optimizer leaves it out"});
      return;
    }
    State given = settings(module, param, name, parent_is_deformable);
    for (const auto& [key, value] : given.entries()) {
      const std::string text = value.kind() == State::Kind::number ? repr(value.number()) : value.kind_name();
      notices_.push_back({LogLevel::info, fmt::format("paramwise_options -- {}:{}={}", name, key.string(), text)});
    }
    add_to_group(std::move(given), param, name);
  }

  void add_to_group(State given, const ModuleView::Named& param, const std::string& name) {
    auto group =
        std::find_if(groups_.begin(), groups_.end(), [&](const ParamGroup& one) { return one.given.equals(given); });
    if (group == groups_.end()) {
      group = groups_.emplace(groups_.end());
      group->given = std::move(given);
    }
    group->params.push_back(param.tensor);
    group->names.push_back(name);
    group->file_groups.push_back(count_++);
  }

  State settings(const ModuleView& module, const ModuleView::Named& param, const std::string& name,
                 bool parent_is_deformable) {
    State given = State::dict();
    if (const CustomKeys::Entry* entry = keys_.find(name)) {
      for (const auto& [key, value] : ParamRules::custom_settings(*entry, base_)) given[key] = state_of(value);
      if (custom_ == CustomFirst::alone) return given;
    }
    const bool is_norm = module.kind == ModuleKind::norm;
    const bool is_bias = param.name == "bias";
    const bool is_conv2d = module.layer == "Conv2d";
    const bool is_depthwise = is_conv2d && module.depthwise;
    if (rules_.bias_lr_mult && is_bias && !is_norm && !parent_is_deformable)
      given["lr"] = base_lr() * *rules_.bias_lr_mult;
    if (rules_.dcn_offset_lr_mult && parent_is_deformable && is_conv2d &&
        module.path.find("conv_offset") != std::string::npos)
      given["lr"] = base_lr() * *rules_.dcn_offset_lr_mult;
    if (!base_.weight_decay) return given;
    std::optional<double> factor;
    if (is_norm && rules_.norm_decay_mult) factor = rules_.norm_decay_mult;
    else if (is_bias && !parent_is_deformable && rules_.bias_decay_mult) factor = rules_.bias_decay_mult;
    else if (is_depthwise && rules_.dwconv_decay_mult) factor = rules_.dwconv_decay_mult;
    else if (param.tensor.dim() == 1 && !parent_is_deformable && rules_.flat_decay_mult)
      factor = rules_.flat_decay_mult;
    if (factor) given["weight_decay"] = *base_.weight_decay * *factor;
    return given;
  }

  double base_lr() const {
    if (!base_.lr) throw Error("paramwise_cfg changes lr, but the optimizer has none");
    return *base_.lr;
  }

  const ParamRules& rules_;
  CustomFirst custom_;
  FrozenParams frozen_;
  const BaseSettings& base_;
  std::vector<Notice>& notices_;
  CustomKeys keys_;
  std::unordered_map<const void*, std::string> seen_;
  std::vector<ParamGroup> groups_;
  int64_t count_ = 0;
};

}  // namespace

bool ParamRules::empty() const {
  return custom_keys.empty() && !bias_lr_mult && !bias_decay_mult && !norm_decay_mult && !dwconv_decay_mult &&
         !flat_decay_mult && !dcn_offset_lr_mult && !bypass_duplicate;
}

void ParamRules::check_base(const BaseSettings& base, Complaints& complaints) const {
  if (base.weight_decay) return;
  const auto complain = [&](const char* key, const std::string& rule) {
    complaints.add(key, fmt::format("paramwise_cfg.{} needs a weight_decay of the optimizer to multiply", rule))
        .help("optim_wrapper.optimizer.weight_decay=0.01");
  };
  if (norm_decay_mult) complain("norm_decay_mult", "norm_decay_mult");
  if (bias_decay_mult) complain("bias_decay_mult", "bias_decay_mult");
  if (dwconv_decay_mult) complain("dwconv_decay_mult", "dwconv_decay_mult");
  for (const auto& [part, settings] : custom_keys)
    if (settings.contains("decay_mult")) complain("custom_keys", "custom_keys['" + part + "'].decay_mult");
}

std::vector<std::pair<std::string, Value>> ParamRules::custom_settings(const CustomKeys::Entry& entry,
                                                                       const BaseSettings& base) {
  std::vector<std::pair<std::string, Value>> settings;
  if (base.lr) settings.emplace_back("lr", multiplied(*base.lr, entry, "lr_mult"));
  if (base.weight_decay) settings.emplace_back("weight_decay", multiplied(*base.weight_decay, entry, "decay_mult"));
  settings.insert(settings.end(), entry.begin(), entry.end());
  return settings;
}

std::vector<Notice> ParamRules::notices(const BaseSettings& base) const {
  std::vector<Notice> notices;
  if (!base.weight_decay && flat_decay_mult)
    notices.push_back(
        {LogLevel::warning, "paramwise_cfg.flat_decay_mult has no effect: the optimizer has no weight_decay"});
  static const std::vector<std::string> kKnown = {"lr_mult", "decay_mult"};
  for (const auto& [part, settings] : custom_keys)
    for (const auto& [key, value] : settings)
      if (key != "lr_mult" && key != "decay_mult" && nearest(key, kKnown))
        notices.push_back({LogLevel::warning, fmt::format("paramwise_cfg.custom_keys['{}'] sets '{}'{}", part, key,
                                                          did_you_mean(key, kKnown))});
  return notices;
}

std::vector<ParamGroup> groups_by_rules(const ParamRules& rules, CustomFirst custom, FrozenParams frozen,
                                        const ModuleView& model, const BaseSettings& base,
                                        std::vector<Notice>& notices) {
  Complaints complaints("paramwise_cfg");
  rules.check_base(base, complaints);
  complaints.throw_if_any();
  for (Notice& notice : rules.notices(base)) notices.push_back(std::move(notice));
  std::vector<ParamGroup> groups = RuleWalk(rules, custom, frozen, base, notices).walk(model);
  if (groups.empty()) throw Error("there are no parameters to optimise");
  return groups;
}

std::vector<ParamGroup> one_group(const ModuleView& model) {
  ParamGroup all;
  for (ModuleView::Named& param : model.all_params()) {
    all.params.push_back(std::move(param.tensor));
    all.names.push_back(std::move(param.name));
  }
  return {std::move(all)};
}

}  // namespace millrace
