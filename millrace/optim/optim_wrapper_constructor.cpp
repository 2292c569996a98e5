#include "millrace/optim/optim_wrapper_constructor.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/tensor/value_state.h"

namespace millrace {

namespace {

/// `base` times the factor under `key`, if there is one.
Value multiplied(double base, const std::map<std::string, Value>& settings, const char* key) {
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
  using Options = DefaultOptimWrapperConstructor::Options;
  using Base = OptimWrapperConstructor::Base;
  RuleWalk(const Options& options, const Base& base, std::vector<Notice>& notices)
      : options_(options), base_(base), notices_(notices) {
    for (const auto& [key, settings] : options.custom_keys) keys_.push_back(&key);
    std::stable_sort(keys_.begin(), keys_.end(), [](const auto* a, const auto* b) { return a->size() > b->size(); });
    used_.assign(keys_.size(), false);
  }

  std::vector<ParamGroup> walk(const ModuleView& model) {
    add_module(model, false);
    for (size_t k = 0; k < keys_.size(); ++k)
      if (!used_[k])
        notices_.push_back({LogLevel::warning,
                            fmt::format("paramwise_cfg.custom_keys: no parameter has '{}' in its name", *keys_[k])});
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
      if (!options_.bypass_duplicate)
        throw Error(
            fmt::format("{} and {} are the same parameter: it would be updated twice per step", seen->second, name))
            .help("optim_wrapper.paramwise_cfg.bypass_duplicate=True updates it once");
      notices_.push_back(
          {LogLevel::warning, fmt::format("{} is the same parameter as {}: skipped", name, seen->second)});
      return;
    }
    if (!param.tensor.requires_grad()) {
      notices_.push_back({LogLevel::warning, name + " is frozen: the optimizer leaves it out"});
      return;
    }
    State given = settings(module, param, name, parent_is_deformable);
    for (const auto& [key, value] : given.entries()) {
      const std::string text = value.kind() == State::Kind::number ? repr(value.number()) : value.kind_name();
      notices_.push_back({LogLevel::info, fmt::format("paramwise_options -- {}:{}={}", name, key.string(), text)});
    }
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
    for (size_t k = 0; k < keys_.size(); ++k) {
      // A parameter of the root is ".weight" to MMEngine's search.
      if ((module.path.empty() ? "." + name : name).find(*keys_[k]) == std::string::npos) continue;
      used_[k] = true;
      const auto settings = DefaultOptimWrapperConstructor::custom_settings(options_.custom_keys.at(*keys_[k]), base_);
      for (const auto& [key, value] : settings) given[key] = state_of(value);
      return given;
    }
    const bool is_norm = module.kind == ModuleKind::norm;
    const bool is_bias = param.name == "bias";
    const bool is_conv2d = module.layer == "Conv2d";
    const bool is_depthwise = is_conv2d && module.depthwise;
    if (options_.bias_lr_mult && is_bias && !is_norm && !parent_is_deformable)
      given["lr"] = base_lr() * *options_.bias_lr_mult;
    if (options_.dcn_offset_lr_mult && parent_is_deformable && is_conv2d &&
        module.path.find("conv_offset") != std::string::npos)
      given["lr"] = base_lr() * *options_.dcn_offset_lr_mult;
    if (!base_.weight_decay) return given;
    std::optional<double> factor;
    if (is_norm && options_.norm_decay_mult) factor = options_.norm_decay_mult;
    else if (is_bias && !parent_is_deformable && options_.bias_decay_mult) factor = options_.bias_decay_mult;
    else if (is_depthwise && options_.dwconv_decay_mult) factor = options_.dwconv_decay_mult;
    else if (param.tensor.dim() == 1 && !parent_is_deformable && options_.flat_decay_mult)
      factor = options_.flat_decay_mult;
    if (factor) given["weight_decay"] = *base_.weight_decay * *factor;
    return given;
  }

  double base_lr() const {
    if (!base_.lr) throw Error("paramwise_cfg changes lr, but the optimizer has none");
    return *base_.lr;
  }

  const Options& options_;
  const Base& base_;
  std::vector<Notice>& notices_;
  std::vector<const std::string*> keys_;
  std::vector<bool> used_;
  std::unordered_map<const void*, std::string> seen_;
  std::vector<ParamGroup> groups_;
  int64_t count_ = 0;
};

}  // namespace

DefaultOptimWrapperConstructor::DefaultOptimWrapperConstructor(Options options)
    : options_(checked<DefaultOptimWrapperConstructor>(std::move(options))) {}

void DefaultOptimWrapperConstructor::check_base(const Options& options, const Base& base, Complaints& complaints) {
  if (base.weight_decay) return;
  const auto complain = [&](const char* key, const std::string& rule) {
    complaints.add(key, fmt::format("paramwise_cfg.{} needs a weight_decay of the optimizer to multiply", rule))
        .help("optim_wrapper.optimizer.weight_decay=0.01");
  };
  if (options.norm_decay_mult) complain("norm_decay_mult", "norm_decay_mult");
  if (options.bias_decay_mult) complain("bias_decay_mult", "bias_decay_mult");
  if (options.dwconv_decay_mult) complain("dwconv_decay_mult", "dwconv_decay_mult");
  for (const auto& [part, settings] : options.custom_keys)
    if (settings.contains("decay_mult")) complain("custom_keys", "custom_keys['" + part + "'].decay_mult");
}

std::vector<std::pair<std::string, Value>> DefaultOptimWrapperConstructor::custom_settings(
    const std::map<std::string, Value>& entry, const Base& base) {
  std::vector<std::pair<std::string, Value>> settings;
  if (base.lr) settings.emplace_back("lr", multiplied(*base.lr, entry, "lr_mult"));
  if (base.weight_decay) settings.emplace_back("weight_decay", multiplied(*base.weight_decay, entry, "decay_mult"));
  settings.insert(settings.end(), entry.begin(), entry.end());
  return settings;
}

DefaultOptimWrapperConstructor::Facts DefaultOptimWrapperConstructor::facts_of(const Options& options) {
  return {!options.custom_keys.empty() || options.bias_lr_mult || options.bias_decay_mult || options.norm_decay_mult ||
          options.dwconv_decay_mult || options.flat_decay_mult || options.dcn_offset_lr_mult ||
          options.bypass_duplicate};
}

std::vector<ParamGroup> DefaultOptimWrapperConstructor::groups(const ModuleView& model, const Base& base,
                                                               std::vector<Notice>& notices) const {
  if (!*facts_of(options_).by_parameter) {
    ParamGroup all;
    for (ModuleView::Named& param : model.all_params()) {
      all.params.push_back(std::move(param.tensor));
      all.names.push_back(std::move(param.name));
    }
    return {std::move(all)};
  }
  Complaints complaints("paramwise_cfg");
  check_base(options_, base, complaints);
  complaints.throw_if_any();
  if (!base.weight_decay && options_.flat_decay_mult)
    notices.push_back(
        {LogLevel::warning, "paramwise_cfg.flat_decay_mult has no effect: the optimizer has no weight_decay"});
  static const std::vector<std::string> kKnown = {"lr_mult", "decay_mult"};
  for (const auto& [part, settings] : options_.custom_keys)
    for (const auto& [key, value] : settings)
      if (key != "lr_mult" && key != "decay_mult" && nearest(key, kKnown))
        notices.push_back({LogLevel::warning, fmt::format("paramwise_cfg.custom_keys['{}'] sets '{}'{}", part, key,
                                                          did_you_mean(key, kKnown))});
  std::vector<ParamGroup> groups = RuleWalk(options_, base, notices).walk(model);
  if (groups.empty()) throw Error("there are no parameters to optimise");
  return groups;
}

MILLRACE_REGISTER(OptimWrapperConstructor, DefaultOptimWrapperConstructor);

}  // namespace millrace
