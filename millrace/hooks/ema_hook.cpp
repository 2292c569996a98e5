#include "millrace/hooks/ema_hook.h"

#include <fmt/format.h>

#include <utility>

#include "millrace/base/text.h"
#include "millrace/checkpoint/averages.h"
#include "millrace/log/logger.h"
#include "millrace/model/averages/exponential_moving_average.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"

namespace millrace {

namespace {

/// The keys of the rule that stand beside it, as MMEngine has them.
Value keys_of_rule(const EMAHook::Options& options) {
  Value keys = Value::dict();
  const auto add = [&](const char* key, const auto& value) {
    if (value) keys.as_dict().set(key, Value(*value));
  };
  add("momentum", options.momentum);
  add("gamma", options.gamma);
  add("interval", options.interval);
  add("device", options.device);
  add("update_buffers", options.update_buffers);
  return keys;
}

/// The rule with its keys; mistakes in them become complaints. Empty if there are any, or if this program does not have
/// the rule.
Component<Averaging> rule_of(const EMAHook::Options& options, Complaints& complaints) {
  const Component<Averaging> rule =
      options.ema_type.empty() ? Component<Averaging>(use<ExponentialMovingAverage>()) : options.ema_type;
  const Value keys = keys_of_rule(options);
  if (keys.as_dict().empty() || rule.is_absent()) return rule;
  if (rule.instance()) {
    for (const auto& [key, value] : keys.as_dict())
      complaints.add(key.as_string(), "ema_type is an object, which has its " + key.as_string() + " already");
    return {};
  }
  const Schema& schema = *rule.bound().entry->schema;
  Value config = rule.config().is_dict() ? rule.config() : dump_component(rule.bound());
  bool fits = true;
  for (const auto& [key, value] : keys.as_dict()) {
    if (schema.has(key.as_string())) {
      config.as_dict().set(key, value);
      continue;
    }
    fits = false;
    complaints.add(key.as_string(), rule.type() + " has no key '" + key.as_string() + "'")
        .note("keys: " + join(schema.keys()));
  }
  Binder binder;
  const Binder::InScope in_scope(binder, rule.bound().entry->scope);
  BoundComponent bound = bind_component(Averaging::kKind, config, binder);
  for (const Error& mistake : binder.mistakes().all()) {
    fits = false;
    complaints.add("ema_type", mistake.summary());
  }
  return fits ? Component<Averaging>(std::move(bound)) : Component<Averaging>();
}

std::shared_ptr<const Averaging> built_rule(const EMAHook::Options& options) {
  Complaints complaints("EMAHook");
  const Component<Averaging> rule = rule_of(options, complaints);
  complaints.throw_if_any();
  return rule.build();
}

}  // namespace

void EMAHook::check(const Options& options, Complaints& complaints) {
  if (options.begin_iter > 0 && options.begin_epoch > 0)
    complaints.add("begin_epoch", "begin_iter and begin_epoch are both given; the average begins at one of them")
        .help("begin_iter=0");
  rule_of(options, complaints);
}

EMAHook::EMAHook(Options options)
    : options_(checked<EMAHook>(std::move(options))), rule_(built_rule(options_)), average_(rule_) {}

void EMAHook::before_train(RunPoint& point) {
  Runner& runner = point.runner;
  const auto refuse_late = [](const char* key, int64_t begin, int64_t end, const char* what) {
    if (end >= 0 && begin > end)
      throw Error(fmt::format("EMAHook.{} is {}, and the training has {}: nothing would be averaged", key, begin,
                              counted(end, what)))
          .help(fmt::format("{}={}", key, end));
  };
  refuse_late("begin_epoch", options_.begin_epoch, runner.max_epochs(), "epoch");
  refuse_late("begin_iter", options_.begin_iter, runner.max_iters(), "iteration");
  if (const std::string notice = rule_->notice(); !notice.empty()) runner.logger().warning(notice);
  if (loaded_.is_none()) return;
  const WeightsMatch match =
      average_.load_state_dict(runner.model(), std::exchange(loaded_, State()), options_.strict_load, loaded_from_,
                               runner.options().load_revise_keys);
  if (!match.fits()) runner.logger().warning("The averages: " + match.summary(loaded_from_).text);
}

void EMAHook::before_train_iter(TrainIter&) { end_evaluations(); }

void EMAHook::after_train_iter(TrainIter& point) {
  const bool has_begun =
      options_.begin_epoch > 0 ? point.runner.epoch() + 1 >= options_.begin_epoch : point.done >= options_.begin_iter;
  if (has_begun) average_.update(point.runner.model());
  else if (average_.steps() > 0) average_.reset();  // resumed with a later begin
}

void EMAHook::begin_evaluation(Runner& runner) {
  if (evaluations_++ > 0 || average_.steps() == 0) return;
  runner.set_training(false);  // an optimizer that switches weights does it with those that it knows
  average_.exchange();
}

void EMAHook::end_evaluation() {
  if (evaluations_ > 0 && --evaluations_ == 0 && average_.is_exchanged()) average_.exchange();
}

void EMAHook::end_evaluations() {
  if (evaluations_ == 0) return;
  evaluations_ = 1;
  end_evaluation();
}

void EMAHook::before_val_epoch(RunPoint& point) { begin_evaluation(point.runner); }
void EMAHook::after_val_epoch(EvalEnd&) { end_evaluation(); }
void EMAHook::before_test_epoch(RunPoint& point) { begin_evaluation(point.runner); }
void EMAHook::after_test_epoch(EvalEnd&) { end_evaluation(); }

void EMAHook::after_load_checkpoint(CheckpointPoint& point) {
  if (!point.resume) return;  // of weights alone the average begins
  if (!has_averages(point.checkpoint)) {
    point.runner.logger().warning(
        "the checkpoint has no averages (ema_state_dict): the average of EMAHook begins anew");
    return;
  }
  exchange_averages(point.checkpoint);
  loaded_ = point.checkpoint.at("ema_state_dict");
  loaded_from_ = point.path.string();
  point.checkpoint.erase("ema_state_dict");
}

void EMAHook::before_save_checkpoint(CheckpointPoint& point) {
  end_evaluations();  // the state was composed of the same tensors
  point.checkpoint["ema_state_dict"] = average_.state_dict(point.runner.model());
  exchange_averages(point.checkpoint);
}

MILLRACE_REGISTER(Hook, EMAHook);

}  // namespace millrace
