#pragma once

#include <cstdint>
#include <string>

#include "millrace/config/expression.h"
#include "millrace/optim/schedulers/scheduled.h"

namespace millrace {

/// Multiplies the initial value by an expression (torch.optim.lr_scheduler.LambdaLR).
///
///     value(t) = initial * factor(t)      t = 0 at `range.begin`
///
///     LambdaLR scheduler(optim, {.factor = "0.95 ** t"});
///
/// `factor` is an expression of t, or a lambda (`lambda epoch: epoch // 30`), in the language of configs, with `math`.
/// PyTorch's name for the key, lr_lambda, is accepted. It works on the value before any schedule: other schedules do
/// not matter. t is an int; with convert_to_iter_based it is the number of epochs, with fractions. Throws Error if the
/// expression can't be read, and at the step where it gives no finite number.
class LambdaRule final : public ScheduleRule {
 public:
  static constexpr const char* kName = "Lambda";
  struct Options {
    Required<std::string> factor;
    Range range{};

    template <class Fields>
    static void describe(Fields& f) {
      f("factor", &Options::factor, "factor on the initial value: an expression of t, '0.95 ** t', or a lambda")
          .alias("lr_lambda")
          .not_empty();
      f.flatten(&Options::range);
    }
    static void check(const Options& options, Complaints& complaints);
  };
  explicit LambdaRule(const Options& options) : factor_(*options.factor, "t") {}

  double next(const ScheduleStep& step) const override;
  State settings() const override;
  void convert_lengths(int64_t iters_per_epoch) override { steps_per_unit_ = iters_per_epoch; }

 private:
  Expression factor_;
  int64_t steps_per_unit_ = 1;
};

using LambdaLR = Scheduled<LambdaRule, ScheduleForm::lr>;
using LambdaMomentum = Scheduled<LambdaRule, ScheduleForm::momentum>;
using LambdaParamScheduler = Scheduled<LambdaRule, ScheduleForm::by_name>;

}  // namespace millrace
