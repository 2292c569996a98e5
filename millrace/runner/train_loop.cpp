#include "millrace/runner/loop.h"

#include "millrace/base/run_control.h"
#include "millrace/base/text.h"
#include "millrace/data/data_loader.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_set.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/precision.h"

namespace millrace {

namespace {

/// The loop that keys without a `type` describe; empty if they do not say.
std::string loop_by_keys(const Value& config, Binder& binder) {
  const Value* by_epoch = config.find("by_epoch");
  if (by_epoch && !by_epoch->is_bool()) {
    const std::string subject = binder.subject();
    binder.set_subject("train_cfg.by_epoch");
    binder.wrong_type(*by_epoch, "True or False");
    binder.set_subject(subject);
  } else if (by_epoch) {
    return by_epoch->as_bool() ? "EpochBasedTrainLoop" : "IterBasedTrainLoop";
  }
  static const std::vector<std::string> kLengths = {"max_epochs", "max_iters"};
  for (const auto& [key, value] : config.as_dict()) {
    const auto length = key.is_string() ? nearest(key.as_string(), kLengths) : std::nullopt;
    if (length) return *length == "max_epochs" ? "EpochBasedTrainLoop" : "IterBasedTrainLoop";
  }
  return {};
}

/// Without the key that chose the loop, or should have.
Value without_by_epoch(const Value& config, const std::string& loop, Binder& binder) {
  static const std::vector<std::string> kChoice = {"by_epoch"};
  Value rest = Value::dict();
  for (const auto& [key, value] : config.as_dict()) {
    if (key == Value(kChoice[0])) continue;
    if (value.is_bool() && key.is_string() && nearest(key.as_string(), kChoice))
      binder.unknown_key(key, loop, kChoice, kChoice);
    else rest.as_dict().set(key, value);
  }
  return std::move(rest.set_place(config.place()));
}

[[noreturn]] void refuse_empty_data() {
  throw Error("the training data have no batch: the dataset is empty, or drop_last leaves nothing of it");
}

}  // namespace

BoundComponent TrainLoop::bind_config(const Value& config, Binder& binder) {
  if (!config.is_dict()) return bind_component(kKind, config, binder);
  const Dict::Entry* by_epoch = config.as_dict().entry("by_epoch");
  if (const Value* type = config.find("type")) {
    const bool is_known = type->is_string() || type->is_symbol();
    const std::string name = !is_known ? "" : type->is_string() ? type->as_string() : type->as_symbol().path;
    const ComponentEntry* entry = ComponentTable::instance().find(kKind, name, binder.scope());
    if (!by_epoch || !entry || entry->schema->has("by_epoch")) return bind_component(kKind, config, binder);
    binder.mistake(by_epoch->key, entry->name + " has no key 'by_epoch': the type says which loop it is");
    return bind_component(kKind, without_by_epoch(config, entry->name, binder), binder);
  }
  const std::string loop = loop_by_keys(config, binder);
  if (!loop.empty()) return bind_component(kKind, without_by_epoch(config, loop, binder), binder, loop);
  if (!binder.is_fragment() && !by_epoch)
    binder.mistake(config, "train_cfg needs 'max_epochs' or 'max_iters', or the 'type' of a loop");
  const Binder::Lenient lenient(binder);
  return bind_component(kKind, config, binder, "EpochBasedTrainLoop");
}

void TrainLoop::run_iter(Batch& batch, int64_t batch_idx) {
  HookList& hooks = runner_.hooks();
  TrainIter point{runner_, batch_idx, batch, nullptr};
  MILLRACE_CALL_HOOKS(hooks, before_train_iter, point);
  const LossMap losses = [&] {
    const PrecisionScope scope(runner_.precision(), runner_.context().device);
    runner_.optims()->before_forward();
    return runner_.model().train_step(batch, *runner_.optims());  // stays on the device
  }();
  point.losses = &losses;
  MILLRACE_CALL_HOOKS(hooks, after_train_iter, point);  // hooks ask for a save or a stop ...
  ++progress_.iter;
  ++progress_.batch_in_epoch;
  progress_.samples_seen += batch.size();
}

// ... and the loop does it here, between two iterations.
void TrainLoop::serve_requests(bool stop_may_end) {
  RunControl* control = runner_.control();
  const int signal = control ? control->stop_reason() : 0;
  if (control && control->take_save()) MILLRACE_CALL_HOOKS(runner_.hooks(), on_signal, StopPoint{runner_, 0});
  if (signal != 0) interrupted_ = true;
  if (interrupted_ || (stop_may_end && runner_.stop_requested())) {
    stopping_ = true;
    // What is asked for already is written first, so that nobody asks for the same place again.
    write_checkpoints(runner_, runner_.take_save_requests());
    MILLRACE_CALL_HOOKS(runner_.hooks(), on_stop, StopPoint{runner_, signal});
  }
  write_checkpoints(runner_, runner_.take_save_requests());
}

void TrainLoop::validate_if_due() {
  if (!progress_.validation_due || interrupted_) return;
  if (runner_.run_validation()) progress_.validation_due = false;
  else serve_requests(true);  // stopped within: what is saved says that the validation is still due
}

EpochBasedTrainLoop::EpochBasedTrainLoop(Runner& runner, Options options)
    : TrainLoop(runner),
      options_(checked<EpochBasedTrainLoop>(std::move(options))),
      schedule_(options_.validation, options_.max_epochs) {}

int64_t EpochBasedTrainLoop::max_iters() const {
  const int64_t length = runner_.loader_length(Mode::train);
  return length < 0 ? -1 : options_.max_epochs * length;
}

void EpochBasedTrainLoop::run() {
  MILLRACE_CALL_HOOKS(runner_.hooks(), before_train, RunPoint{runner_});
  validate_if_due();  // a resume may stand before or inside a validation
  while (progress_.epoch < options_.max_epochs && !stopping()) {
    if (!run_epoch()) break;  // interrupted: the position is kept for a resume
    validate_if_due();
  }
  MILLRACE_CALL_HOOKS(runner_.hooks(), after_train, RunPoint{runner_});
}

bool EpochBasedTrainLoop::run_epoch() {
  MILLRACE_CALL_HOOKS(runner_.hooks(), before_train_epoch, RunPoint{runner_});
  runner_.set_training(true);
  DataLoader& loader = runner_.loader(Mode::train);
  loader.start(progress_.pass, progress_.batch_in_epoch);  // in mid-epoch if resumed there
  while (Batch* batch = loader.next()) {
    run_iter(*batch, progress_.batch_in_epoch);
    serve_requests(false);
    if (interrupted()) {
      loader.stop();
      return false;
    }
  }
  if (progress_.batch_in_epoch == 0) refuse_empty_data();
  MILLRACE_CALL_HOOKS(runner_.hooks(), after_train_epoch, RunPoint{runner_});
  ++progress_.epoch;
  ++progress_.pass;
  progress_.batch_in_epoch = 0;
  progress_.validation_due = runner_.validates() && schedule_.is_due(progress_.epoch);
  serve_requests(true);  // a save comes before the validation: a kill in there loses nothing
  return !interrupted();
}

IterBasedTrainLoop::IterBasedTrainLoop(Runner& runner, Options options)
    : TrainLoop(runner),
      options_(checked<IterBasedTrainLoop>(std::move(options))),
      schedule_(options_.validation, options_.max_iters) {}

void IterBasedTrainLoop::run() {
  HookList& hooks = runner_.hooks();
  MILLRACE_CALL_HOOKS(hooks, before_train, RunPoint{runner_});
  MILLRACE_CALL_HOOKS(hooks, before_train_epoch, RunPoint{runner_});
  validate_if_due();
  DataLoader& loader = runner_.loader(Mode::train);
  bool started = false;
  while (progress_.iter < options_.max_iters && !stopping()) {
    if (!started) loader.start(progress_.pass, progress_.batch_in_epoch);
    started = true;
    Batch* batch = loader.next();
    if (!batch) {
      if (progress_.batch_in_epoch == 0) refuse_empty_data();
      ++progress_.pass;
      progress_.batch_in_epoch = 0;
      started = false;
      continue;
    }
    if (!runner_.model().is_training()) runner_.set_training(true);
    run_iter(*batch, progress_.iter);
    progress_.validation_due = runner_.validates() && schedule_.is_due(progress_.iter);
    serve_requests(true);
    validate_if_due();
  }
  loader.stop();  // its workers have batches of iterations that will not come
  MILLRACE_CALL_HOOKS(hooks, after_train_epoch, RunPoint{runner_});
  // What hooks of the end of the only epoch asked for is saved as that epoch's; the run itself counts iterations alone.
  ++progress_.epoch;
  write_checkpoints(runner_, runner_.take_save_requests());
  --progress_.epoch;
  MILLRACE_CALL_HOOKS(hooks, after_train, RunPoint{runner_});
}

MILLRACE_REGISTER(TrainLoop, EpochBasedTrainLoop);
MILLRACE_REGISTER(TrainLoop, IterBasedTrainLoop);

}  // namespace millrace
