#include "millrace/runner/runner.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "millrace/base/at_end.h"
#include "millrace/checkpoint/data_meta.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/data/data_loader.h"
#include "millrace/dist/failure_text.h"
#include "millrace/dist/ranks.h"
#include "millrace/eval/evaluator.h"
#include "millrace/hub/message_hub.h"
#include "millrace/io/kept_file.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/model/training_modes.h"
#include "millrace/model/weights.h"
#include "millrace/optim/optim_observer.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/eval_loop.h"
#include "millrace/runner/init_logged.h"
#include "millrace/runner/live_training.h"
#include "millrace/runner/log_processor.h"
#include "millrace/runner/long_spins.h"
#include "millrace/runner/optim_bridge.h"
#include "millrace/runner/parts_in_use.h"
#include "millrace/runner/rescue.h"
#include "millrace/runner/runner_options.h"
#include "millrace/runner/runner_parts.h"
#include "millrace/runner/sanity_check.h"
#include "millrace/runner/train_loop.h"
#include "millrace/tensor/environment.h"
#include "millrace/tensor/process.h"
#include "millrace/tensor/shared_machine.h"
#include "millrace/tensor/torch_failure.h"

namespace millrace {

namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The lines that a run's log begins with.
std::string environment_summary(const Runner& runner) {
  std::string text = "Environment:";
  for (const auto& [name, value] : environment_facts()) text += fmt::format("\n  {}: {}", name, value);
  text += fmt::format("\n  seed: {}\n  precision: {}\n  run folder: {}", runner.seed(),
                      precision_name(runner.precision()), runner.run_folder().path().string());
  return text;
}

/// A training in such a thread would have no gradients.
void check_thread() {
  if (c10::InferenceMode::is_enabled())
    throw Error("this thread is in c10::InferenceMode, in which nothing can be trained")
        .note("call train() where no c10::InferenceMode lives");
  if (!at::GradMode::is_enabled())
    throw Error("gradients are switched off in this thread, so nothing can be trained")
        .note("call train() where no at::NoGradGuard lives");
}

/// A rank with fewer batches would leave the others waiting at the end of each pass.
void check_equal_passes(Ranks& ranks, int64_t own) {
  const std::vector<State> all = ranks.all_gather(State(own));
  for (size_t rank = 0; rank < all.size(); ++rank)
    if (all[rank].integer() != all[0].integer())
      throw Error(fmt::format("the ranks have passes of different lengths over the training data: rank 0 has {} "
                              "batches, rank {} has {}",
                              all[0].integer(), rank, all[rank].integer()))
          .help("round_up=True in the sampler");
}

/// The config of a training in its work dir, beside the one in the run folder.
void keep_config(Runner& runner, RunnerParts& parts) {
  const RunSurroundings& from = runner.surroundings();
  if (!runner.context().ranks.is_main()) return;
  check_note(runner.work_dir().string());
  if (from.config_text.empty()) return;
  const std::string name = from.config_name.empty() ? runner.run_folder().name() : from.config_name;
  const std::string file = (runner.work_dir() / (name + ".py")).string();
  io::KeptFile before(file);
  const std::string notice = write_config_of_work_dir(runner.work_dir(), name, from.config_text, from.config_file);
  if (!notice.empty()) return runner.logger().info(notice);
  parts.overwritten.push_back(std::move(before));
}

const char* call_that_builds(Mode mode) {
  return mode == Mode::train ? "train()" : mode == Mode::val ? "train() or val()" : "test()";
}

/// The instances that the options name, which another Runner may have, too. A dataset is read by several threads anyway,
/// a stream is not.
void take_parts(PartsInUse& used, Runner& runner) {
  const RunnerOptions& options = runner.options();
  used.take(&runner.model(), "the model");
  const auto take_loader = [&](const LoaderPart& part, const std::string& name) {
    const Component<Dataset>* const dataset = part.options() ? &*part.options()->dataset : nullptr;
    if (part.instance()) used.take(part.instance().get(), name);
    else if (dataset && dataset->instance() && dataset->facts().is_stream)
      used.take(dataset->instance().get(), "the stream of " + name);
  };
  take_loader(options.train_dataloader, "train_dataloader");
  take_loader(options.val_dataloader, "val_dataloader");
  take_loader(options.test_dataloader, "test_dataloader");
  std::vector<const EvaluatorConfig*> evaluators = {&options.val_evaluator, &options.test_evaluator};
  for (const auto& [name, set] : options.val_sets) {
    take_loader(set.dataloader, "val_sets." + name);
    evaluators.push_back(&set.evaluator);
  }
  for (const EvaluatorConfig* evaluator : evaluators)
    for (const Component<Metric>& metric : evaluator->metrics)
      if (metric.instance()) used.take(metric.instance().get(), "a metric");
}

}  // namespace

Runner::Runner(RunnerOptions options, RunSurroundings surroundings)
    : parts_(explained([&] { return std::make_unique<RunnerParts>(std::move(options), std::move(surroundings)); },
                       [] { return std::vector<std::string>(); })) {}

Runner::~Runner() {
  const std::shared_ptr<RunUse> use = parts_->use;
  if (!use->close()) return;
  parts_->requests->cancel();
  use->wait_for_end();
}

void Runner::add_adopted_hook(std::shared_ptr<Hook> hook) {
  parts_->use->require_idle("add_hook()");
  hooks().add(std::move(hook));
}

void Runner::request_save(SaveRequest request) {
  parts_->use->require_own_thread("request_save()");
  if (request.path.empty()) throw Error("a save needs a path, and this request has none");
  requests().save(std::move(request));
}

void Runner::request_stop(std::string reason) {
  parts_->use->require_own_thread("request_stop()");
  requests().stop(std::move(reason));
}

void Runner::log_start() {
  if (parts_->start_is_logged) return;
  parts_->start_is_logged = true;
  logger().info(environment_summary(*this));
  for (const std::string& notice : surroundings().notices) logger().warning(notice);
  if (const std::string text = long_spins_text(*this); !text.empty() && context().device.is_cpu())
    logger().warning(text);
  for (const auto& loader : parts_->loaders)
    if (loader)
      for (const std::string& notice : loader->dataset().notices()) logger().info(notice);
  for (const auto& set : parts_->val_sets)
    for (const std::string& notice : set.loader->dataset().notices()) logger().info(notice);
  if (!surroundings().config_text.empty()) logger().debug("Config:\n" + surroundings().config_text);
  logger().debug("Hooks:\n" + hooks().table());
}

template <class Body>
void Runner::guarded(Body&& body) {
  SharedMachine* machine = surroundings().machine.get();
  if (machine && context().device.is_cpu() && context().ranks.size() == 1) machine->start(operator_threads());
  requests().begin_call();
  const AtEnd end([this, machine] {
    requests().end_call();
    if (machine) machine->stop();
  });
  try {
    explained(std::forward<Body>(body), [] { return std::vector<std::string>(); });
  } catch (Error& error) {
    if (const std::string fate = end_by_failure(); !fate.empty()) error.note(fate);
    throw;
  } catch (...) {  // the host's own exception passes as it is; what is known goes into the log
    logger().error(failure_text(std::current_exception()) +
                   (parts_->is_training ? fmt::format(", in iteration {} of the training", iter() + 1) : ""));
    if (const std::string fate = end_by_failure(); !fate.empty()) logger().error(fate);
    throw;
  }
}

std::string Runner::end_by_failure() {
  const AtEnd end([this] { parts_->is_training = false, parts_->session_start = -1; });
  if (parts_->is_training && iter() > parts_->first_iter) parts_->has_worked = true;
  parts_->is_refused = true;
  if (parts_->is_training) return rescue_training(*this, std::current_exception(), parts_->first_iter);
  parts_->first_iter = iter();  // nothing was trained in this session
  try {
    hooks().call<&Hook::on_exception>(ExceptionPoint{*this, std::current_exception()});
  } catch (...) {
    return failure_text(std::current_exception());
  }
  return "";
}

void Runner::begin(bool training) {
  log_start();
  hooks().call<&Hook::before_run>(RunPoint{*this});
  std::optional<ResumePoint>& resume_point = parts_->resume_point;
  const bool resumes = training && resume_point;  // though an evaluation may have come before
  if (parts_->is_loaded && !resumes) return;
  const WeightsListener listener([&](const Notice& notice) { logger().log(notice.level, notice.text); });
  const bool is_replaced = !training && options().load_from && options().load_strict;  // all weights, by load_from
  if (!resume_point && !is_replaced) {
    try {
      init_logged(model(), logger());
    } catch (const WeightsMisfit& misfit) {
      throw Error(misfit);  // its help is about that load, not about load_from
    }
  }
  if (resume_point && training) {
    const std::string file = resume_point->path.string();
    parts_->take_names(data_meta_of(resume_point->checkpoint), file);
    parts_->follow_names();
    restore_run(*this, *resume_point);
    parts_->resumed_from = resume_point->path.string();
    resume_point.reset();
  } else if (resume_point) {
    const LoadedWeights loaded = load_run_weights(*this, resume_point->checkpoint, resume_point->path, Fit::model);
    parts_->take_names(loaded.data_meta, resume_point->path.string());
  } else if (options().load_from && !wants_resume(options())) {
    // A training may start from a part of a network; an evaluation needs all of it.
    const Fit strict = training ? Fit::shapes : Fit::model;
    const LoadedWeights loaded =
        load_run_weights(*this, *options().load_from, options().load_strict ? strict : Fit::any);
    std::optional<LogLevel> tolerated;
    if (!loaded.is_whole) tolerated = LogLevel::info;  // who trains with a new last layer has new classes for it
    else if (!options().load_strict) tolerated = LogLevel::warning;
    parts_->take_names(loaded.data_meta, *options().load_from, tolerated);
  } else if (wants_resume(options())) {
    logger().info("there is no checkpoint in " + work_dir().string() + " to resume from: starting from the beginning");
  }
  parts_->follow_names();
  parts_->is_loaded = true;
}

void Runner::refuse_finished() const {
  if (!parts_->has_finished || !parts_->train_loop->is_at_its_end()) return;
  if (parts_->train_loop->progress().validation_due) return;
  const std::string length = parts_->train_loop->by_epoch() ? fmt::format("{} epochs", max_epochs())
                                                            : fmt::format("{} iterations", max_iters());
  throw Error("the training is finished: all its " + length + " are done, and train() has nothing left to do")
      .note("to train on, make a Runner with a longer train_cfg and give it runner.checkpoint() by resume()");
}

RunSummary Runner::train() {
  if (options().train_cfg.empty() || !options().train_dataloader.has_value() || options().optim_wrapper.empty())
    throw Error("there is no training in the config: train_dataloader, train_cfg and optim_wrapper");
  const RunUse::Call call(parts_->use, "train");
  check_thread();
  refuse_finished();
  PartsInUse used;
  take_parts(used, *this);
  guarded([&] {
    const LiveTraining live(parts_->live_facts());
    parts_->session_start = steady_seconds();
    parts_->build_training(*this);
    check_equal_passes(context().ranks, loader_length(Mode::train));
    if (validates()) parts_->build_eval(*this, Mode::val);
    begin(true);
    keep_config(*this, *parts_);
    join_ranks(*optims(), context().ranks);
    const bool goes_on = std::exchange(parts_->has_trained, true);  // what follows is known from the last time
    if (!goes_on) optims()->initialize_counts(iter(), max_iters(), loader_length(Mode::train));
    train_loop().begin_session();
    parts_->first_iter = iter();
    if (!goes_on && validates() && !train_loop().is_at_its_end()) check_validation(*this, *parts_->val_loop);
    parts_->session_start = steady_seconds();
    parts_->is_training = true;
    train_loop().run();
    parts_->has_worked = true;
    parts_->has_finished = true;
    train_loop().progress().train_seconds = train_seconds();
    parts_->session_start = -1;
    finite_watch().look(hub(), *optims(), iter(), logger());  // what came after the last line of the log
    hooks().call<&Hook::after_run>(RunPoint{*this});
    parts_->is_training = false;
  });
  return summary();
}

RunSummary Runner::summary() const {
  parts_->use->require_own_thread("summary()");
  RunSummary summary;
  if (!has_train_loop()) return summary;
  const Progress& progress = parts_->train_loop->progress();
  const RunResults& results = parts_->results;
  summary.best = results.best();
  summary.last = results.last(progress.epoch, progress.iter);
  if (summary.last.metric.empty()) summary.best = summary.last;  // nothing was validated
  summary.metrics = results.metrics();
  summary.train_seconds = train_seconds();
  if (summary.train_seconds > 0)
    summary.samples_per_second = static_cast<double>(progress.samples_seen) / summary.train_seconds;
  summary.iters = progress.iter;
  summary.session_iters = progress.iter - parts_->first_iter;
  summary.not_finite = parts_->finite_watch.first();
  summary.broken_weight = broken_weight();
  summary.stop_reason = parts_->requests->signal();
  summary.resumed_from = resumed_from();
  summary.run_folder = run_folder().path();
  summary.files = files();
  return summary;
}

State Runner::checkpoint() {
  const RunUse::Call call(parts_->use, "checkpoint");
  if (!optims()) throw Error("there is no checkpoint before a training");
  SaveRequest request;
  State checkpoint = compose_checkpoint(*this, request);
  hooks().call<&Hook::before_save_checkpoint>(CheckpointPoint{*this, checkpoint, request.path, false});
  return checkpoint;
}

void Runner::resume(State checkpoint, const std::string& name) {
  const RunUse::Call call(parts_->use, "resume");
  if (parts_->is_loaded)
    throw Error("resume() after the run has begun: call it before the first train(), val() or test()")
        .note("make another Runner for the resumed run");
  parts_->resume_point = ResumePoint::of(std::move(checkpoint), name);
  if (const auto seed = parts_->resume_point->seed()) parts_->seed = context().seed = *seed;
}

/// Within a call, as a hook makes it: the network goes back to where it was, and what hooks ask for waits for the loop.
MetricMap Runner::evaluate_within(Mode mode) {
  parts_->build_eval(*this, mode);
  EvalLoop& loop = mode == Mode::val ? static_cast<EvalLoop&>(*parts_->val_loop) : *parts_->test_loop;
  const TrainingModes before(model());
  MetricMap metrics;
  in_any_case([&] { metrics = loop.run_within(); },
              [&] {
                if (before.is_training()) set_training(true);
                before.restore(model());
              });
  return metrics;
}

MetricMap Runner::evaluate(Mode mode) {
  const RunUse::Call call(parts_->use, mode == Mode::val ? "val" : "test");
  PartsInUse used;
  take_parts(used, *this);
  if (call.is_within()) return evaluate_within(mode);
  MetricMap metrics;
  guarded([&] {
    parts_->build_eval(*this, mode);
    begin(false);
    parts_->has_worked = true;
    metrics = mode == Mode::val ? parts_->val_loop->run() : parts_->test_loop->run();
    hooks().call<&Hook::after_run>(RunPoint{*this});
  });
  return metrics;
}

MetricMap Runner::val() {
  if (!validates()) throw Error("there is no validation in the config: val_dataloader, val_cfg and val_evaluator");
  return evaluate(Mode::val);
}

MetricMap Runner::test() {
  if (options().test_cfg.empty() || !options().test_dataloader.has_value() || options().test_evaluator.empty())
    throw Error("there is no test in the config: test_dataloader, test_cfg and test_evaluator");
  parts_->files.clear();
  return evaluate(Mode::test);
}

bool Runner::validates() const {
  return !options().val_cfg.empty() && options().val_dataloader.has_value() && !options().val_evaluator.empty();
}

bool Runner::run_validation() {
  if (!parts_->val_loop)
    throw Error("run_validation() without a validation: train() builds it where the options have one");
  const RunUse::Call call(parts_->use, "val");
  parts_->val_loop->run();
  return !parts_->val_loop->interrupted();
}

void Runner::note_validation(const MetricMap& metrics) {
  if (!has_train_loop()) return;
  const auto weights = broken_weight().empty() ? RunResults::Weights::finite : RunResults::Weights::broken;
  results().validated(metrics, epoch(), iter(), requests().saves(), weights);
  train_loop().progress().validation_due = false;
}

const std::string& Runner::broken_weight() const {
  return parts_->finite_watch.broken_weight(*parts_->model, iter(), *parts_->logger);
}

void Runner::set_training(bool training) {
  model().set_training(training);
  if (!optims()) return;
  if (training) optims()->train();
  else optims()->eval();
}

void Runner::write_file(const std::string& title, const std::string& name, const std::string& text) {
  parts_->use->require_own_thread("write_file()");
  run_folder().write(name, text);
  auto& files = parts_->files;
  const std::pair file(title, run_folder().path() / name);
  if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
}

int64_t Runner::epoch() const { return has_train_loop() ? parts_->train_loop->progress().epoch : 0; }
int64_t Runner::iter() const { return has_train_loop() ? parts_->train_loop->progress().iter : 0; }
int64_t Runner::max_epochs() const { return has_train_loop() ? parts_->train_loop->max_epochs() : 0; }
int64_t Runner::max_iters() const { return has_train_loop() ? parts_->train_loop->max_iters() : 0; }

double Runner::train_seconds() const {
  const double before = has_train_loop() ? parts_->train_loop->progress().train_seconds : 0;
  return parts_->session_start < 0 ? before : before + steady_seconds() - parts_->session_start;
}

int64_t Runner::loader_length(Mode mode) const { return parts_->loader_length(mode); }
bool Runner::has_loader(Mode mode) const { return parts_->loaders[static_cast<int>(mode)] != nullptr; }

DataLoader& Runner::loader(Mode mode) {
  if (!has_loader(mode))
    throw Error(fmt::format("there is no loader of {} yet: {} builds it", mode_name(mode), call_that_builds(mode)));
  return *parts_->loaders[static_cast<int>(mode)];
}

void Runner::log_left_out(Mode mode) {
  const std::string own = loader(mode).take_left_out();
  for (const State& text : context().ranks.all_gather(State(own)))
    if (!text.string().empty()) logger().warning(parts_->loader_name(mode) + ": " + text.string());
}

size_t Runner::val_sets() const { return parts_->val_sets.size(); }
Runner::InValSet::InValSet(Runner& runner, size_t i) : runner_(runner), set_(i) { runner.parts_->exchange_val_set(i); }
Runner::InValSet::~InValSet() { runner_.parts_->exchange_val_set(set_); }
const std::string& Runner::InValSet::name() const { return runner_.parts_->val_sets[set_].name; }

Evaluator& Runner::evaluator(Mode mode) {
  const auto& evaluator = parts_->evaluators[static_cast<int>(mode)];
  if (!evaluator)
    throw Error(fmt::format("there is no evaluator of {} yet: {} builds it", mode_name(mode), call_that_builds(mode)));
  return *evaluator;
}

bool Runner::has_train_loop() const { return parts_->train_loop != nullptr; }
TrainLoop& Runner::train_loop() {
  if (!has_train_loop()) throw Error("there is no train loop yet: train() builds it");
  return *parts_->train_loop;
}
Model& Runner::model() { return *parts_->model; }
Perhaps<OptimSet> Runner::optims() {
  return {parts_->optims.get(), "there are no optimizers yet: train() builds them"};
}
Perhaps<ParamSchedulers> Runner::schedulers() {
  return {parts_->schedulers.get(), "there are no schedulers yet: train() builds them"};
}
Precision Runner::precision() const { return parts_->precision; }
MessageHub& Runner::hub() { return *parts_->hub; }
Logger& Runner::logger() { return *parts_->logger; }
const std::shared_ptr<LogProcessor>& Runner::log_processor() { return parts_->log_processor; }
Visualizer& Runner::visualizer() { return *parts_->visualizer; }
Perhaps<TaskView> Runner::task_view() {
  return {parts_->task_view.get(), "there is no task view: neither the options nor the model name one"};
}
Perhaps<BaseTTAModel> Runner::tta_model() {
  return {parts_->tta_model.get(), "there is no BaseTTAModel: the tests of this run have no test-time augmentation"};
}
void Runner::set_tta_model(std::shared_ptr<BaseTTAModel> tta_model) { parts_->tta_model = std::move(tta_model); }
HookList& Runner::hooks() { return parts_->hooks; }
RunRequests& Runner::requests() { return *parts_->requests; }
RunResults& Runner::results() { return parts_->results; }
FiniteWatch& Runner::finite_watch() { return parts_->finite_watch; }
Perhaps<RunControl> Runner::control() {
  return {parts_->surroundings.control, "there is no RunControl: the surroundings of the Runner have none"};
}
RunContext& Runner::context() { return *parts_->context; }
const RunnerOptions& Runner::options() const { return *parts_->options; }
const RunSurroundings& Runner::surroundings() const { return parts_->surroundings; }
const std::vector<std::pair<std::string, std::filesystem::path>>& Runner::files() const { return parts_->files; }
const std::filesystem::path& Runner::work_dir() const { return parts_->work_dir; }
const RunFolder& Runner::run_folder() const { return *parts_->run_folder; }
const std::string& Runner::experiment_name() const { return parts_->experiment_name; }
uint64_t Runner::seed() const { return parts_->seed; }
const std::string& Runner::resumed_from() const { return parts_->resumed_from; }

}  // namespace millrace
