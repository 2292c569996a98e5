#include "millrace/hooks/runtime_info_hook.h"

#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/train_loop.h"
#include "millrace/structures/loss_map.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

void RuntimeInfoHook::before_run(RunPoint& point) {
  Runner& runner = point.runner;
  MessageHub& hub = runner.hub();
  hub.update_info("cfg", runner.surroundings().config_text);
  hub.update_info("seed", static_cast<int64_t>(runner.seed()));
  hub.update_info("experiment_name", runner.experiment_name());
  stage_ = hub.info("loop_stage");
  epoch_ = hub.info("epoch");
  iter_ = hub.info("iter");
  loss_slots_.clear();
}

void RuntimeInfoHook::enter_stage(Runner& runner, Mode mode) {
  const State* outer = runner.hub().find_info(*stage_);
  outer_stages_.push_back(outer ? *outer : State());
  runner.hub().update_info(*stage_, mode_name(mode));
}

void RuntimeInfoHook::leave_stage(Runner& runner) {
  const State outer = outer_stages_.empty() ? State() : outer_stages_.back();
  if (!outer_stages_.empty()) outer_stages_.pop_back();
  if (outer.is_none()) runner.hub().pop_info("loop_stage");
  else runner.hub().update_info(*stage_, outer);
}

void RuntimeInfoHook::before_train(RunPoint& point) {
  Runner& runner = point.runner;
  MessageHub& hub = runner.hub();
  // A checkpoint notes the stage that it was made in; this one begins anew.
  hub.pop_info("loop_stage");
  outer_stages_.clear();
  enter_stage(runner, Mode::train);
  hub.update_info(*epoch_, runner.epoch());
  hub.update_info(*iter_, runner.iter());
  hub.update_info("max_epochs", runner.max_epochs());
  hub.update_info("max_iters", runner.max_iters());
  rates_.clear();
  for (const auto& [name, optim] : runner.optims()->entries()) {
    const std::string prefix = mode_tag(Mode::train, name.empty() ? "" : name + ".");
    // MMEngine's order: the rate without multipliers comes first.
    if (optim->base_lr()) rates_.push_back({hub.scalar(prefix + "base_lr"), optim.get(), true});
    rates_.push_back({hub.scalar(prefix + "lr"), optim.get(), false});
  }
  total_ = hub.scalar(mode_tag(Mode::train, "loss"));
}

void RuntimeInfoHook::after_train(RunPoint& point) { leave_stage(point.runner); }

void RuntimeInfoHook::before_train_epoch(RunPoint& point) {
  point.runner.hub().update_info(*epoch_, point.runner.epoch());
}

void RuntimeInfoHook::before_train_iter(TrainIter& point) {
  MessageHub& hub = point.runner.hub();
  hub.update_info(*iter_, point.runner.iter());
  for (const Rate& rate : rates_) hub.update(rate.id, rate.base ? *rate.optim->base_lr() : rate.optim->lr());
}

void RuntimeInfoHook::after_train_iter(TrainIter& point) {
  MessageHub& hub = point.runner.hub();
  static const Key kTotal = LossMap::total_name();
  if (point.losses->has_total()) hub.update(*total_, point.losses->total());
  for (const LossMap::Entry& loss : point.losses->entries()) {
    if (loss.name == kTotal) continue;
    const ScalarId* slot = nullptr;
    for (const auto& [name, id] : loss_slots_)
      if (name == loss.name.id()) slot = &id;
    if (!slot) {
      loss_slots_.emplace_back(loss.name.id(), hub.scalar(mode_tag(Mode::train, loss.name.name())));
      slot = &loss_slots_.back().second;
    }
    hub.update(*slot, loss.value);
  }
}

void RuntimeInfoHook::before_val(RunPoint& point) { enter_stage(point.runner, Mode::val); }
void RuntimeInfoHook::after_val(RunPoint& point) { leave_stage(point.runner); }
void RuntimeInfoHook::before_test(RunPoint& point) { enter_stage(point.runner, Mode::test); }
void RuntimeInfoHook::after_test(RunPoint& point) { leave_stage(point.runner); }

void RuntimeInfoHook::publish_metrics(Runner& runner, const MetricMap& metrics, Mode mode) {
  for (const MetricMap::Entry& metric : metrics) {
    const std::string name = mode_tag(mode, metric.name);
    const State& value = metric.value;
    if (value.kind() == State::Kind::integer) runner.hub().update(name, value.integer());
    else if (value.kind() == State::Kind::number || value.kind() == State::Kind::boolean)
      runner.hub().update(name, value.number());
    else if (value.is_tensor() && value.tensor().numel() == 1) runner.hub().update(name, value.tensor());
    else runner.hub().update_info(name, value);
  }
}

void RuntimeInfoHook::after_val_epoch(EvalEnd& point) { publish_metrics(point.runner, point.metrics, Mode::val); }
void RuntimeInfoHook::after_test_epoch(EvalEnd& point) { publish_metrics(point.runner, point.metrics, Mode::test); }

MILLRACE_REGISTER(Hook, RuntimeInfoHook);

}  // namespace millrace
