#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "millrace/base/text.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "tests/support/toy_optim.h"

namespace millrace {

/// An optimizer of lr 1 and momentum 0.9 with schedules by iteration.
class ScheduleTrace {
 public:
  explicit ScheduleTrace(double lr = 1)
      : optim_(toy_.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': " + repr(lr) + ", 'momentum': 0.9}}"))) {}

  template <class S>
  ScheduleTrace& with(typename S::Options options, Horizon horizon = {}) {
    if (!schedulers_) schedulers_ = std::make_unique<ParamSchedulers>(horizon);
    schedulers_->add(std::make_shared<S>(*optim_, std::move(options)));
    return *this;
  }
  std::vector<double> lrs(int count) {
    return traced(count, [this] { return optim_->lr(); });
  }
  std::vector<double> momenta(int count) {
    return traced(count, [this] { return optim_->momentum(); });
  }
  ParamSchedulers& all() { return *schedulers_; }
  OptimWrapper& optim() { return *optim_; }

 private:
  template <class Look>
  std::vector<double> traced(int count, Look look) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i) {
      values.push_back(look());
      schedulers_->step_iter();
    }
    return values;
  }

  Toy toy_;
  std::shared_ptr<OptimWrapper> optim_;
  std::unique_ptr<ParamSchedulers> schedulers_;
};

}  // namespace millrace
