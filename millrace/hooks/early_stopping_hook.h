#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "millrace/runner/hook.h"

namespace millrace {

/// Ends the training when a metric of the validation no longer improves.
///
///     custom_hooks = [dict(type='EarlyStoppingHook', monitor='accuracy/top1', min_delta=0.1, patience=5)]
///
/// After each validation, in this order:
///
///     the value is not finite, with check_finite            the training ends
///     it is better than stopping_threshold                  the training ends
///     best + min_delta is better than it                    it waits; at the patience-th time in a row the training ends
///     else                                                  best = value, and the wait begins anew
///
/// For a metric where less is better, min_delta is subtracted. The stop takes effect behind the validation, and the
/// state at that place is saved. Best value and wait are part of checkpoints: a resume goes on with them.
///
/// `monitor` may lack its prefix: 'top1' means 'accuracy/top1'. A name that the validation does not have is refused
/// before the training, as far as the names are known; later it is a warning, and an error with `strict`.
class EarlyStoppingHook final : public Hook {
 public:
  enum class Rule { greater, less };
  struct Options {
    Required<std::string> monitor;
    std::optional<Rule> rule;
    double min_delta = 0.1;
    int64_t patience = 5;
    std::optional<double> stopping_threshold;
    bool check_finite = true;
    bool strict = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("monitor", &Options::monitor, "the metric: 'accuracy/top1'").not_empty();
      f("rule", &Options::rule, "whether greater or less is better; None: by the metric's name");
      f("min_delta", &Options::min_delta, "what a value may be short of the best one, and still count as improved")
          .at_least(0);
      f("patience", &Options::patience, "validations in a row without improvement that end the training").at_least(1);
      f("stopping_threshold", &Options::stopping_threshold, "a better value ends the training; None: none does");
      f("check_finite", &Options::check_finite, "end the training at a value that is not finite");
      f("strict", &Options::strict, "a validation without the metric is an error, not a warning");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  static Facts facts_of(const Options& options);
  explicit EarlyStoppingHook(Options options);
  Facts facts() const override { return facts_of(options_); }
  int default_priority() const override { return kLowest; }

  void check_metrics(const MetricMap& metrics) const override;
  void after_val_epoch(EvalEnd& point) override;
  State state_dict() const override;
  void load_state_dict(const State& state) override;

 private:
  /// Whether a is better than b.
  bool is_better(double a, double b) const { return greater_ ? a > b : a < b; }
  /// Why the training ends at this value; "" if it goes on.
  std::string reason_to_stop(double value);

  Options options_;
  bool greater_;
  double best_;
  int64_t waited_ = 0;
};

}  // namespace millrace
