#include "millrace/runner/runner.h"

#include <fmt/format.h>

#include <chrono>
#include <random>

#include "millrace/base/run_control.h"
#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/data/data_loader.h"
#include "millrace/eval/evaluator.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/log/terminal.h"
#include "millrace/model/model.h"
#include "millrace/nn/memory_format.h"
#include "millrace/optim/optim_observer.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/log_processor.h"
#include "millrace/runner/optim_bridge.h"
#include "millrace/runner/progress_reporter.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/device.h"
#include "millrace/tensor/environment.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

uint64_t drawn_seed() { return std::random_device()() & 0x7fffffffU; }

/// The checkpoint that the options ask to go on from; nothing if they ask for the newest and there is none.
std::optional<std::filesystem::path> resume_path(const RunnerOptions& options) {
  if (const auto* path = std::get_if<std::string>(&options.resume)) return *path;
  if (!std::get<bool>(options.resume)) return std::nullopt;
  if (options.load_from) return *options.load_from;
  if (const auto latest = find_latest(options.work_dir)) return *latest;
  return std::nullopt;
}

bool wants_resume(const RunnerOptions& options) {
  return std::holds_alternative<std::string>(options.resume) || std::get<bool>(options.resume);
}

/// The lines that a run's log begins with.
std::string environment_summary(const Runner& runner) {
  std::string text = "Environment:";
  for (const auto& [name, value] : environment_facts()) text += fmt::format("\n  {}: {}", name, value);
  text += fmt::format("\n  seed: {}\n  precision: {}\n  run folder: {}", runner.seed(),
                      precision_name(runner.precision()), runner.run_folder().path().string());
  return text;
}

}  // namespace

Runner::Runner(RunnerOptions options, RunSurroundings surroundings)
    : options_(std::make_unique<RunnerOptions>(checked_run(std::move(options)))),
      surroundings_(std::move(surroundings)) {
  const RunnerOptions& o = *options_;
  work_dir_ = std::filesystem::absolute(o.work_dir).lexically_normal();
  if (const auto path = resume_path(o)) resume_point_ = ResumePoint::read(*path);
  const std::optional<uint64_t> resumed_seed = resume_point_ ? resume_point_->seed() : std::nullopt;
  seed_ = resumed_seed ? *resumed_seed : o.randomness.seed ? static_cast<uint64_t>(*o.randomness.seed) : drawn_seed();
  precision_ = precision_of(o, surroundings_.notices);
  // Refused before a run folder is made.
  if (o.load_from && !wants_resume(o) && !std::filesystem::is_regular_file(*o.load_from))
    load_checkpoint_file(*o.load_from);

  hub_ = std::make_unique<MessageHub>();
  logger_ = std::make_unique<Logger>("millrace");
  log_processor_ = o.log_processor.empty() ? std::make_shared<LogProcessor>() : o.log_processor.build();
  visualizer_ = o.visualizer.empty() ? std::make_shared<Visualizer>() : o.visualizer.build();
  context_ = std::make_unique<RunContext>(RunContext{*hub_, *logger_, checked_device(o.device), 0, 1, seed_});

  seed_generators(seed_);
  model_ = o.model->build();
  model_->to(context_->device);
  if (const Component<TaskView> view = o.task_view.empty() ? model_->task_view() : o.task_view)
    task_view_ = view.build();
  if (o.channels_last) nn::to_channels_last(model_->modules());

  for (const auto& [name, hook] : o.default_hooks.hooks) add_built_hook(hook);
  for (const auto& hook : o.custom_hooks) add_built_hook(hook);
  if (surroundings_.control && surroundings_.control->on_progress)
    add_hook(std::make_shared<ProgressReporter>(*surroundings_.control));
  open_run_folder();
  if (resumed_seed && o.randomness.seed && static_cast<uint64_t>(*o.randomness.seed) != seed_)
    logger_->warning(
        fmt::format("randomness.seed is {}, the run that goes on has {}, which is taken", *o.randomness.seed, seed_));
}

Runner::~Runner() = default;

void Runner::add_built_hook(const Component<Hook>& component) {
  std::shared_ptr<Hook> hook = component.build();
  if (const Value* priority = component.config().find("priority")) {
    Binder binder;
    hook->set_priority(parse_priority(*priority, binder));
  }
  hooks_.add(std::move(hook));
}

void Runner::open_run_folder() {
  if (resume_point_) run_folder_ = RunFolder::reopen(work_dir_, resume_point_->run_folder());
  if (!run_folder_) run_folder_ = RunFolder::create(work_dir_);
  const RunnerOptions& o = *options_;
  const std::string name = o.experiment_name.value_or(surroundings_.config_name);
  experiment_name_ = name.empty() ? run_folder_->name() : name + "_" + run_folder_->name();
  const LogLevel level = log_level(o.log_level);
  if (surroundings_.terminal) logger_->to_terminal(surroundings_.terminal, level);
  logger_->to_file(run_folder_->log_file(), level);
  visualizer_->open(run_folder_->path());
  run_folder_->write("environment.json", environment_json());
  if (!surroundings_.config_text.empty()) {
    run_folder_->write("config.py", surroundings_.config_text);
    visualizer_->add_config(surroundings_.config_text);
  }
  if (!surroundings_.effective_json.empty()) run_folder_->write("effective.json", surroundings_.effective_json);
}

void Runner::log_start() {
  if (start_logged_) return;
  start_logged_ = true;
  logger_->info(environment_summary(*this));
  for (const std::string& notice : surroundings_.notices) logger_->warning(notice);
  if (!surroundings_.config_text.empty()) logger_->debug("Config:\n" + surroundings_.config_text);
  logger_->debug("Hooks:\n" + hooks_.table());
}

DataLoader& Runner::loader(Mode mode) {
  auto& loader = loaders_[static_cast<int>(mode)];
  MILLRACE_ASSERT(loader, "a loader that was not built");
  return *loader;
}

Evaluator& Runner::evaluator(Mode mode) {
  auto& evaluator = evaluators_[static_cast<int>(mode)];
  MILLRACE_ASSERT(evaluator, "an evaluator that was not built");
  return *evaluator;
}

void Runner::build_loader(Mode mode) {
  auto& loader = loaders_[static_cast<int>(mode)];
  if (loader) return;
  const auto& options = mode == Mode::train ? options_->train_dataloader
                        : mode == Mode::val ? options_->val_dataloader
                                            : options_->test_dataloader;
  LoaderContext context;
  context.seed = seed_;
  context.mode = mode;
  context.device = context_->device;
  context.limit_batches = options_->limit_batches;
  loader = std::make_unique<DataLoader>(*options, context);
}

void Runner::build_training() {
  if (train_loop_) return;
  build_loader(Mode::train);
  train_loop_ = options_->train_cfg.build(*this);
  optims_ = build_optims(*options_, *model_, *context_);
  if (options_->auto_scale_lr.enable) scale_lr();
  schedulers_ = build_schedulers(*options_, *optims_, train_loop_->max_epochs(), train_loop_->max_iters(),
                                 loader_length(Mode::train));
  for (const Notice& notice : schedulers_->notices()) logger_->log(notice.level, notice.text);
  optim_observer_ = observer_for_hooks(*this);
  if (optim_observer_) optims_->set_observer(optim_observer_.get());
}

void Runner::build_eval(Mode mode) {
  build_loader(mode);
  auto& evaluator = evaluators_[static_cast<int>(mode)];
  if (evaluator) return;
  std::vector<std::shared_ptr<Metric>> metrics;
  for (const auto& metric : (mode == Mode::val ? options_->val_evaluator : options_->test_evaluator).metrics)
    metrics.push_back(metric.build());
  evaluator = std::make_unique<Evaluator>(std::move(metrics));
  evaluator->set_dataset_meta(loader(mode).dataset_meta());
  if (mode == Mode::val) val_loop_ = options_->val_cfg.build(*this);
  else test_loop_ = options_->test_cfg.build(*this);
}

void Runner::scale_lr() {
  const int64_t base = *options_->auto_scale_lr.base_batch_size;
  const double ratio = static_cast<double>(options_->train_dataloader->batch_size) / static_cast<double>(base);
  optims_->scale_lr(ratio);
  logger_->info(fmt::format("every lr is multiplied by {} (batch size {} over base_batch_size {})", ratio,
                            options_->train_dataloader->batch_size, base));
}

template <class Body>
void Runner::guarded(Body&& body) {
  try {
    body();
  } catch (...) {
    session_start_ = -1;
    ExceptionPoint point{*this, std::current_exception()};
    MILLRACE_CALL_HOOKS(hooks_, on_exception, point);
    throw;
  }
}

void Runner::begin(bool training) {
  log_start();
  MILLRACE_CALL_HOOKS(hooks_, before_run, RunPoint{*this});
  if (loaded_) return;
  loaded_ = true;
  if (!resume_point_) model_->init_weights();
  if (resume_point_ && training) {
    restore_run(*this, *resume_point_);
    resume_point_.reset();
  } else if (resume_point_) {
    load_run_weights(*this, resume_point_->path, WeightsUse::evaluate, true);
  } else if (options_->load_from && !wants_resume(*options_)) {
    load_run_weights(*this, *options_->load_from, training ? WeightsUse::train : WeightsUse::evaluate,
                     options_->load_strict);
  } else if (wants_resume(*options_)) {
    logger_->info("there is no checkpoint in " + work_dir_.string() + " to go on from: starting from the beginning");
  }
}

void Runner::train() {
  if (options_->train_cfg.empty())
    throw Error("there is no training in the config: train_dataloader, train_cfg and optim_wrapper");
  guarded([&] {
    session_start_ = steady_seconds();
    build_training();
    if (validates()) build_eval(Mode::val);
    begin(true);
    optims_->initialize_counts(train_loop_->progress().iter, train_loop_->max_iters());
    first_iter_ = train_loop_->progress().iter;
    session_start_ = steady_seconds();
    train_loop_->run();
    train_loop_->progress().train_seconds = train_seconds();
    session_start_ = -1;
    MILLRACE_CALL_HOOKS(hooks_, after_run, RunPoint{*this});
  });
}

void Runner::resume(State checkpoint, const std::string& name) {
  MILLRACE_ASSERT(!loaded_, "a run that has begun does not go on from elsewhere");
  resume_point_ = ResumePoint::of(std::move(checkpoint), name);
  if (const auto seed = resume_point_->seed()) seed_ = context_->seed = *seed;
}

MetricMap Runner::evaluate(Mode mode) {
  MetricMap metrics;
  guarded([&] {
    build_eval(mode);
    begin(false);
    metrics = mode == Mode::val ? val_loop_->run() : test_loop_->run();
    MILLRACE_CALL_HOOKS(hooks_, after_run, RunPoint{*this});
  });
  return metrics;
}

MetricMap Runner::val() {
  if (!validates()) throw Error("there is no validation in the config: val_dataloader, val_cfg and val_evaluator");
  return evaluate(Mode::val);
}

MetricMap Runner::test() {
  if (options_->test_cfg.empty())
    throw Error("there is no test in the config: test_dataloader, test_cfg and test_evaluator");
  noted_files_.clear();
  return evaluate(Mode::test);
}

void Runner::set_training(bool training) {
  model_->set_training(training);
  if (!optims_) return;
  if (training) optims_->train();
  else optims_->eval();
}

bool Runner::validates() const { return !options_->val_cfg.empty(); }

bool Runner::run_validation() {
  const MetricMap metrics = val_loop_->run();
  const RunControl* control = surroundings_.control;
  return !metrics.empty() || !control || control->stop_reason() == 0;
}

void Runner::request_stop(std::string reason) {
  if (!stop_requested_) logger_->info("The training ends early: " + reason);
  stop_requested_ = true;
}

std::vector<SaveRequest> Runner::take_save_requests() { return std::exchange(save_requests_, {}); }

int64_t Runner::epoch() const { return train_loop_ ? train_loop_->progress().epoch : 0; }
int64_t Runner::iter() const { return train_loop_ ? train_loop_->progress().iter : 0; }
int64_t Runner::max_epochs() const { return train_loop_ ? train_loop_->max_epochs() : 0; }
int64_t Runner::max_iters() const { return train_loop_ ? train_loop_->max_iters() : 0; }

int64_t Runner::loader_length(Mode mode) const {
  const auto& loader = loaders_[static_cast<int>(mode)];
  return loader ? loader->length() : 0;
}

int64_t Runner::session_iterations() const { return train_loop_ ? train_loop_->progress().iter - first_iter_ : 0; }

double Runner::train_seconds() const {
  const double before = train_loop_ ? train_loop_->progress().train_seconds : 0;
  return session_start_ < 0 ? before : before + steady_seconds() - session_start_;
}

}  // namespace millrace
