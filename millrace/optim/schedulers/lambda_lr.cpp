#include "millrace/optim/schedulers/lambda_lr.h"

#include "millrace/base/error.h"

namespace millrace {

void LambdaRule::Options::check(const Options& options, Complaints& complaints) {
  try {
    Expression(*options.factor, "t")(Value(int64_t{0}));
  } catch (const Error& error) {
    complaints.add("factor", "factor " + error.summary()).help("factor='0.95 ** t'");
  }
}

double LambdaRule::next(const ScheduleStep& step) const {
  const double t = static_cast<double>(step.t) / static_cast<double>(steps_per_unit_);
  return step.initial * factor_(steps_per_unit_ == 1 ? Value(step.t) : Value(t));
}

State LambdaRule::settings() const { return State::dict({{"factor", factor_.text()}}); }

MILLRACE_REGISTER(ParamScheduler, LambdaLR);
MILLRACE_REGISTER(ParamScheduler, LambdaMomentum);
MILLRACE_REGISTER(ParamScheduler, LambdaParamScheduler);

}  // namespace millrace
