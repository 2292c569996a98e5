#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>

#include "millrace/optim/schedulers/param_scheduler.h"
#include "millrace/optim/schedulers/schedule_rule.h"

namespace millrace {

/// What a schedule changes: lr, momentum, or the setting that `param_name` names.
enum class ScheduleForm { lr, momentum, by_name };

/// A schedule of any number of the parameter groups: its Options are the rule's and `param_name`.
///
///     StepParamScheduler decay(optim, {.param_name = "weight_decay", .rule = {.step_size = 10}});
template <class Rule>
struct ByNameOptions {
  Required<std::string> param_name;
  typename Rule::Options rule;

  template <class Fields>
  static void describe(Fields& f) {
    f("param_name", &ByNameOptions::param_name, "setting of the parameter groups that is scheduled").not_empty();
    f.flatten(&ByNameOptions::rule);
  }
};

namespace detail {
template <class Rule>
struct LROptionsOf {
  using type = typename Rule::Options;
};
template <class Rule>
requires requires { typename Rule::LROptions; }
struct LROptionsOf<Rule> {
  using type = typename Rule::LROptions;
};
}  // namespace detail

/// Makes a component from a rule. The header of each rule names its three:
///
///     using StepLR = Scheduled<StepRule, ScheduleForm::lr>;
///     using StepMomentum = Scheduled<StepRule, ScheduleForm::momentum>;
///     using StepParamScheduler = Scheduled<StepRule, ScheduleForm::by_name>;
///
/// A rule whose form for lr has other keys than the others (CyclicLR: base_lr) has a second aggregate, LROptions.
template <class Rule, ScheduleForm kForm>
class Scheduled final : public ParamScheduler {
 public:
  using Options = std::conditional_t<
      kForm == ScheduleForm::by_name, ByNameOptions<Rule>,
      std::conditional_t<kForm == ScheduleForm::lr, typename detail::LROptionsOf<Rule>::type, typename Rule::Options>>;

  /// `optim` must outlive the schedule. Throws Error if the options are wrong, or if no group has a number of this
  /// name.
  Scheduled(OptimWrapper& optim, const Options& options) : Scheduled(optim, checked<Scheduled>(options), Checked()) {}
  explicit Scheduled(OptimWrapper& optim) requires std::default_initializable<Options> : Scheduled(optim, Options{}) {}

  static ScheduleFacts facts_of(const Options& options) {
    const auto& rule = rule_options(options);
    ScheduleFacts facts{.param_name = param_of(options), .range = rule.range};
    if constexpr (requires { Rule::add_facts(rule, facts); }) Rule::add_facts(rule, facts);
    return facts;
  }

  /// "StepLR".
  static std::string component_name() {
    constexpr const char* kSuffix = kForm == ScheduleForm::lr         ? "LR"
                                    : kForm == ScheduleForm::momentum ? "Momentum"
                                                                      : "ParamScheduler";
    return std::string(Rule::kName) + kSuffix;
  }

 private:
  struct Checked {};
  Scheduled(OptimWrapper& optim, const Options& options, Checked)
      : ParamScheduler(optim, facts_of(options), std::make_unique<Rule>(rule_options(options))) {}

  static const auto& rule_options(const Options& options) {
    if constexpr (kForm == ScheduleForm::by_name) return options.rule;
    else return options;
  }
  static std::string param_of(const Options& options) {
    if constexpr (kForm == ScheduleForm::by_name) return *options.param_name;
    else return kForm == ScheduleForm::lr ? "lr" : "momentum";
  }
};

}  // namespace millrace
