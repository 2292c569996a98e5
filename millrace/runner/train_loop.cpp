#include "millrace/runner/train_loop.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "millrace/base/at_end.h"
#include "millrace/base/run_control.h"
#include "millrace/base/text.h"
#include "millrace/data/data_loader.h"
#include "millrace/dist/together.h"
#include "millrace/log/logger.h"
#include "millrace/model/layer_paths.h"
#include "millrace/optim/optim_set.h"
#include "millrace/runner/first_steps.h"
#include "millrace/runner/last_batch.h"
#include "millrace/runner/recomputed_parts.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/batch_text.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/torch_failure.h"

namespace millrace {

namespace {

[[noreturn]] void refuse_empty_data() {
  throw Error("the training data give no batch: the dataset is empty, or drop_last leaves nothing");
}

}  // namespace

TrainLoop::TrainLoop(Runner& runner) : runner_(runner) {}

TrainLoop::~TrainLoop() = default;

void TrainLoop::begin_session() {
  stopping_ = interrupted_ = false;
  if (stage_ == Stage::in_step && !runner_.optims()->go_back()) {
    runner_.optims()->give_up_step();
    count_iter(rows_in_step_);
    runner_.logger().warning(fmt::format(
        "iteration {} failed after an optimizer had been updated: it counts, and is not made again", progress_.iter));
  }
  stage_ = Stage::between_steps;
  first_steps_.reset();
  if (!has_looked_) first_steps_ = std::make_unique<FirstSteps>(runner_);
  const std::vector<std::string>& paths = runner_.options().activation_checkpointing;
  if (!paths.empty() && !recomputed_) recomputed_ = std::make_unique<RecomputedParts>(runner_.model().modules(), paths);
}

void TrainLoop::warn_of_parts_not_recomputed() {
  const std::vector<std::string> paths = recomputed_ ? recomputed_->not_called() : std::vector<std::string>();
  if (paths.empty()) return;
  runner_.logger().warning("activation_checkpointing has no effect on " + join(paths) +
                           ": the first step did not call them with one tensor, through a holder or nn::Sequential of "
                           "millrace::nn");
}

void TrainLoop::count_iter(int64_t rows) {
  ++progress_.iter;
  ++progress_.batch_in_epoch;
  progress_.samples_seen += rows;
  note_finished_iter();
}

void TrainLoop::back_to_training() {
  runner_.set_training(true);
  if (!runner_.model().is_training()) has_modes_ = false;  // as an exported graph
  else if (!std::exchange(told_mode_, true))
    runner_.logger().warning(
        fmt::format("the model was in evaluation mode before iteration {}: a hook or the model itself had switched it "
                    "(eval(), train(false)). It trains in training mode; to keep a part as it is, override train()",
                    progress_.iter + 1));
}

TrainLoop::InStage::InStage(TrainLoop& loop, Stage stage) : loop_(loop), exceptions_(std::uncaught_exceptions()) {
  loop_.stage_ = stage;
}

TrainLoop::InStage::~InStage() {
  if (std::uncaught_exceptions() == exceptions_) loop_.stage_ = Stage::between_steps;
}

bool TrainLoop::is_at_its_end() const {
  return by_epoch() ? progress_.epoch >= max_epochs() : max_iters() >= 0 && progress_.iter >= max_iters();
}

void TrainLoop::run_iter(Batch& batch, int64_t batch_idx) {
  HookList& hooks = runner_.hooks();
  Ranks& ranks = runner_.context().ranks;
  TrainIter point{runner_, batch_idx, progress_.iter + 1, batch, nullptr};
  together(ranks, [&] { hooks.call<&Hook::before_train_iter>(point); });
  if (!runner_.model().is_training() && has_modes_) back_to_training();
  rows_in_step_ = batch.size() * ranks.size();
  const LossMap losses = step(batch);  // stays on the device
  point.losses = &losses;
  // What has been stepped counts, though a hook fails.
  const auto call_hooks = [&] { together(ranks, [&] { hooks.call<&Hook::after_train_iter>(point); }); };
  in_any_case(call_hooks, [&] { count_iter(rows_in_step_); });
}

bool TrainLoop::a_batch_of_one_will_come() const {
  if (!runner_.has_loader(Mode::train)) return false;
  const DataLoader& loader = runner_.loader(Mode::train);
  const int64_t to_come = max_iters() < 0 ? INT64_MAX : max_iters() - progress_.iter;
  return loader.last_batch_rows() == 1 && to_come >= loader.length() - progress_.batch_in_epoch;
}

LossMap TrainLoop::step(Batch& batch) {
  std::optional<LastBatchOfOne> last_batch;
  std::optional<nn::CallObserver::Scope> watching;
  std::optional<RecomputedParts::Scope> recomputing;
  const bool is_first = std::exchange(is_first_step_, false);
  if (is_first && batch.size() > 1 && a_batch_of_one_will_come()) watching.emplace(last_batch.emplace());
  if (recomputed_) recomputing.emplace(*recomputed_);
  const InStage in_step(*this, Stage::in_step);
  const PrecisionScope scope(runner_.precision(), runner_.context().device);
  OptimSet& optims = *runner_.optims();
  optims.mark();
  optims.before_forward();
  const auto train = [&] {
    return explained(
        [&] { return with_layer_paths(runner_.model(), [&] { return runner_.model().train_step(batch, optims); }); },
        [&] {
          return std::vector{fmt::format("in iteration {} of the training, {}", progress_.iter + 1, batch_text(batch))};
        });
  };
  if (!first_steps_ && !is_first) return train();
  if (first_steps_) first_steps_->begin_step();
  LossMap losses = train();
  if (is_first) warn_of_parts_not_recomputed();
  if (!first_steps_) return losses;
  if (!first_steps_->end_step(progress_.iter + 1)) {
    first_steps_.reset();
    has_looked_ = true;
  }
  return losses;
}

Batch* TrainLoop::next_batch(DataLoader& loader) {
  Batch* batch = nullptr;
  together(runner_.context().ranks, [&] { batch = loader.next(); });
  if (loader.length() >= 0) return batch;  // as many on all ranks: the Runner has seen to it
  if (runner_.context().ranks.agree(batch ? 0 : 1) == 0) return batch;
  loader.stop();
  return nullptr;
}

// Hooks ask for a save or a stop, and the loop does it here, between two iterations.
void TrainLoop::serve_requests(bool stop_may_end) {
  RunControl* control = runner_.control();
  RunRequests& requests = runner_.requests();
  Ranks& ranks = runner_.context().ranks;
  const bool save = control && control->take_save();
  const bool has_news =
      save || interrupted_ || requests.own_signal() != 0 || requests.has_stop() || !requests.saves().empty();
  if (ranks.agree(has_news ? 1 : 0) == 0) return;  // most iterations end here, with one question to the other ranks
  const int signal = requests.agreed_signal();
  if (ranks.agree(save ? 1 : 0) != 0) runner_.hooks().call<&Hook::on_signal>(StopPoint{runner_, 0});
  if (signal != 0) interrupted_ = true;
  if (interrupted_ || (stop_may_end && requests.agreed_stop())) {
    stopping_ = true;
    // What is asked for already is written first, so that nobody asks for the same place again.
    write_checkpoints(runner_, requests.take_saves());
    runner_.hooks().call<&Hook::on_stop>(StopPoint{runner_, signal});
  }
  write_checkpoints(runner_, requests.take_saves());
}

void TrainLoop::validate_if_due() {
  if (!progress_.validation_due || interrupted_) return;
  const bool is_whole = runner_.run_validation();
  if (is_whole) progress_.validation_due = false;
  // What was stopped within is still due in what is saved. A hook may ask for a stop because of the validation.
  if (!is_whole || !stopping()) serve_requests(true);
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
  if (schedule_.is_dynamic() && runner_.validates()) runner_.logger().info(schedule_.words("epoch"));
  runner_.hooks().call<&Hook::before_train>(RunPoint{runner_});
  validate_if_due();  // a resume may begin before or inside a validation
  while (progress_.epoch < options_.max_epochs && !stopping()) {
    if (!run_epoch()) break;  // interrupted: the position is kept for a resume
    validate_if_due();
  }
  runner_.hooks().call<&Hook::after_train>(RunPoint{runner_});
}

bool EpochBasedTrainLoop::run_epoch() {
  Ranks& ranks = runner_.context().ranks;
  together(ranks, [&] { runner_.hooks().call<&Hook::before_train_epoch>(RunPoint{runner_}); });
  runner_.set_training(true);
  DataLoader& loader = runner_.loader(Mode::train);
  loader.start(progress_.pass, progress_.batch_in_epoch);  // in mid-epoch if resumed there
  while (Batch* batch = next_batch(loader)) {
    run_iter(*batch, progress_.batch_in_epoch);
    serve_requests(false);
    if (interrupted()) {
      loader.stop();
      return false;
    }
  }
  if (progress_.batch_in_epoch == 0) refuse_empty_data();
  runner_.log_left_out(Mode::train);
  end_epoch();
  serve_requests(true);  // a save comes before the validation: a kill in there loses nothing
  return !interrupted();
}

void EpochBasedTrainLoop::end_epoch() {
  const AtEnd count([this] {
    ++progress_.epoch;
    ++progress_.pass;
    progress_.batch_in_epoch = 0;
    progress_.validation_due = runner_.validates() && schedule_.is_due(progress_.epoch);
  });
  together(runner_.context().ranks, [&] { runner_.hooks().call<&Hook::after_train_epoch>(RunPoint{runner_}); });
}

IterBasedTrainLoop::IterBasedTrainLoop(Runner& runner, Options options)
    : TrainLoop(runner),
      options_(checked<IterBasedTrainLoop>(std::move(options))),
      schedule_(options_.validation, options_.max_iters) {
  // MMEngine's iteration loop makes the iterator of its loader here, and PyTorch's iterators take a number of the
  // default generator. With the same seed, the weights that are drawn after it are the same, too.
  at::empty({}, at::kLong).random_();
}

void IterBasedTrainLoop::run() {
  if (schedule_.is_dynamic() && runner_.validates()) runner_.logger().info(schedule_.words("iteration"));
  HookList& hooks = runner_.hooks();
  hooks.call<&Hook::before_train>(RunPoint{runner_});
  hooks.call<&Hook::before_train_epoch>(RunPoint{runner_});
  validate_if_due();
  DataLoader& loader = runner_.loader(Mode::train);
  bool started = false;
  while (progress_.iter < options_.max_iters && !stopping()) {
    if (!started) loader.start(progress_.pass, progress_.batch_in_epoch);
    started = true;
    Batch* batch = next_batch(loader);
    if (!batch) {
      if (progress_.batch_in_epoch == 0) refuse_empty_data();
      runner_.log_left_out(Mode::train);
      ++progress_.pass;
      progress_.batch_in_epoch = 0;
      started = false;
      continue;
    }
    if (!runner_.model().is_training()) runner_.set_training(true);
    run_iter(*batch, progress_.iter);
    serve_requests(true);
    validate_if_due();
  }
  loader.stop();  // its workers have batches of iterations that will not come
  runner_.log_left_out(Mode::train);
  hooks.call<&Hook::after_train_epoch>(RunPoint{runner_});
  write_checkpoints(runner_, runner_.requests().take_saves());  // what hooks of the end of the only epoch asked for
  hooks.call<&Hook::after_train>(RunPoint{runner_});
}

void IterBasedTrainLoop::note_finished_iter() {
  progress_.validation_due = runner_.validates() && schedule_.is_due(progress_.iter);
}

MILLRACE_REGISTER(TrainLoop, EpochBasedTrainLoop);
MILLRACE_REGISTER(TrainLoop, IterBasedTrainLoop);

}  // namespace millrace
