#include "millrace/runner/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "millrace/base/run_control.h"
#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/data/data_loader.h"
#include "millrace/dist/ranks.h"
#include "millrace/eval/evaluator.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/log/terminal.h"
#include "millrace/model/model.h"
#include "millrace/model/weights.h"
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

/// The checkpoint that the options ask to go on from; "" if they ask for none, or for the newest and there is none. The
/// main rank looks for the newest: the others might see one that it has not finished.
std::string resume_path(const RunnerOptions& options, Ranks& ranks) {
  if (const auto* path = std::get_if<std::string>(&options.resume)) return *path;
  if (!std::get<bool>(options.resume)) return "";
  if (options.load_from) return *options.load_from;
  return ranks.broadcast(State(ranks.is_main() ? find_latest(options.work_dir).value_or("") : "")).string();
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
  if (!surroundings_.ranks) alone_ = std::make_unique<SingleRank>();
  Ranks& ranks = surroundings_.ranks ? *surroundings_.ranks : *alone_;
  work_dir_ = std::filesystem::absolute(o.work_dir).lexically_normal();
  if (const std::string path = resume_path(o, ranks); !path.empty()) resume_point_ = ResumePoint::read(path);
  const std::optional<uint64_t> resumed_seed = resume_point_ ? resume_point_->seed() : std::nullopt;
  seed_ = resumed_seed ? *resumed_seed : o.randomness.seed ? static_cast<uint64_t>(*o.randomness.seed) : drawn_seed();
  seed_ = static_cast<uint64_t>(ranks.broadcast(State(seed_)).integer());
  precision_ = precision_of(o, surroundings_.notices);
  // Refused before a run folder is made.
  if (o.load_from && !wants_resume(o) && !std::filesystem::is_regular_file(*o.load_from))
    load_checkpoint_file(*o.load_from);

  hub_ = std::make_unique<MessageHub>();
  logger_ = std::make_unique<Logger>("millrace");
  log_processor_ = o.log_processor.empty() ? std::make_shared<LogProcessor>() : o.log_processor.build();
  visualizer_ = o.visualizer.empty() ? std::make_shared<Visualizer>() : o.visualizer.build();
  context_ = std::make_unique<RunContext>(RunContext{*hub_, *logger_, ranks, checked_device(o.device), seed_});

  seed_generators(o.randomness.diff_rank_seed ? seed_ + static_cast<uint64_t>(ranks.rank()) : seed_);
  std::vector<Notice> loaded;
  {
    const WeightsListener listener([&](const Notice& notice) { loaded.push_back(notice); });
    model_ = o.model->build();
  }
  model_->to(context_->device);
  if (const Component<TaskView> view = o.task_view.empty() ? model_->task_view() : o.task_view)
    task_view_ = view.build();
  if (o.channels_last) nn::to_channels_last(model_->modules());

  for (const auto& [name, hook] : o.default_hooks.hooks) add_built_hook(hook);
  for (const auto& hook : o.custom_hooks) add_built_hook(hook);
  if (surroundings_.control && surroundings_.control->on_progress)
    add_hook(std::make_shared<ProgressReporter>(*surroundings_.control));
  open_run_folder();
  for (const Notice& notice : loaded) logger_->log(notice.level, notice.text);
  if (resumed_seed && o.randomness.seed && static_cast<uint64_t>(*o.randomness.seed) != seed_)
    logger_->warning(
        fmt::format("randomness.seed is {}, but the resumed run has {}, which is used", *o.randomness.seed, seed_));
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
  Ranks& ranks = context_->ranks;
  if (ranks.is_main()) {
    if (resume_point_) run_folder_ = RunFolder::reopen(work_dir_, resume_point_->run_folder());
    if (!run_folder_) run_folder_ = RunFolder::create(work_dir_);
  }
  const std::string folder = ranks.broadcast(State(run_folder_ ? run_folder_->name() : "")).string();
  if (!run_folder_) run_folder_ = RunFolder::of_main_rank(work_dir_, folder);
  const RunnerOptions& o = *options_;
  const std::string name = o.experiment_name.value_or(surroundings_.config_name);
  experiment_name_ = name.empty() ? run_folder_->name() : name + "_" + run_folder_->name();
  if (!ranks.is_main()) return;  // log, records and facts are those of the main rank
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
  const LoaderPart& part = mode == Mode::train ? options_->train_dataloader
                           : mode == Mode::val ? options_->val_dataloader
                                               : options_->test_dataloader;
  LoaderContext context;
  context.seed = seed_;
  context.mode = mode;
  context.device = context_->device;
  context.limit_batches = options_->limit_batches;
  context.rank = context_->ranks.rank();
  context.world_size = context_->ranks.size();
  loader = part.build(context);
}

void Runner::build_training() {
  if (train_loop_) return;
  build_loader(Mode::train);
  train_loop_ = options_->train_cfg.build(*this);
  optims_ = build_optims(*options_, *model_, *context_);
  apply_auto_scale_lr(options_->auto_scale_lr, loader(Mode::train).batch_size(), *optims_, *context_);
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

/// A rank with fewer batches would leave the others waiting at the end of each pass.
void Runner::check_equal_passes() {
  Ranks& ranks = context_->ranks;
  const int64_t own = loader_length(Mode::train);
  const std::vector<State> all = ranks.all_gather(State(own));
  for (size_t rank = 0; rank < all.size(); ++rank)
    if (all[rank].integer() != all[0].integer())
      throw Error(fmt::format("the ranks have passes of different lengths over the training data: rank 0 has {} "
                              "batches, rank {} has {}",
                              all[0].integer(), rank, all[rank].integer()))
          .help("round_up=True in the sampler");
}

template <class Body>
void Runner::guarded(Body&& body) {
  try {
    body();
  } catch (...) {
    session_start_ = -1;
    ExceptionPoint point{*this, std::current_exception()};
    hooks_.call<&Hook::on_exception>(point);
    throw;
  }
}

void Runner::begin(bool training) {
  log_start();
  hooks_.call<&Hook::before_run>(RunPoint{*this});
  if (loaded_) return;
  loaded_ = true;
  const WeightsListener listener([&](const Notice& notice) { logger_->log(notice.level, notice.text); });
  const bool is_replaced = !training && options_->load_from && options_->load_strict;  // all weights, by load_from
  if (!resume_point_ && !is_replaced) {
    try {
      model_->init_weights();
    } catch (const WeightsMisfit& misfit) {
      throw Error(misfit);  // its help is about that load, not about load_from
    }
  }
  if (resume_point_ && training) {
    restore_run(*this, *resume_point_);
    resume_point_.reset();
  } else if (resume_point_) {
    load_run_weights(*this, resume_point_->path, Fit::model);
  } else if (options_->load_from && !wants_resume(*options_)) {
    // A training may start from a part of a network; an evaluation of one would be of nothing.
    const Fit strict = training ? Fit::shapes : Fit::model;
    load_run_weights(*this, *options_->load_from, options_->load_strict ? strict : Fit::any);
  } else if (wants_resume(*options_)) {
    logger_->info("there is no checkpoint in " + work_dir_.string() + " to go on from: starting from the beginning");
  }
}

RunSummary Runner::train() {
  if (options_->train_cfg.empty() || !options_->train_dataloader.has_value() || options_->optim_wrapper.empty())
    throw Error("there is no training in the config: train_dataloader, train_cfg and optim_wrapper");
  guarded([&] {
    session_start_ = steady_seconds();
    stop_reason_ = 0;
    build_training();
    check_equal_passes();
    if (validates()) build_eval(Mode::val);
    begin(true);
    join_ranks(*optims_, context_->ranks);
    optims_->initialize_counts(train_loop_->progress().iter, train_loop_->max_iters());
    first_iter_ = train_loop_->progress().iter;
    session_start_ = steady_seconds();
    train_loop_->run();
    train_loop_->progress().train_seconds = train_seconds();
    session_start_ = -1;
    hooks_.call<&Hook::after_run>(RunPoint{*this});
  });
  return summary();
}

RunSummary Runner::summary() const {
  RunSummary summary;
  if (!train_loop_) return summary;
  const Progress& progress = train_loop_->progress();
  summary.best = results_.best();
  summary.last = results_.last(progress.epoch, progress.iter);
  if (summary.best.metric.empty()) summary.best = summary.last;
  summary.metrics = results_.metrics();
  summary.train_seconds = train_seconds();
  if (summary.train_seconds > 0)
    summary.samples_per_second = static_cast<double>(progress.samples_seen) / summary.train_seconds;
  summary.iters = progress.iter;
  summary.session_iters = progress.iter - first_iter_;
  summary.stop_reason = stop_reason_;
  summary.resumed_from = resumed_from_;
  summary.run_folder = run_folder_->path();
  summary.files = files_;
  return summary;
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
    hooks_.call<&Hook::after_run>(RunPoint{*this});
  });
  return metrics;
}

MetricMap Runner::val() {
  if (!validates()) throw Error("there is no validation in the config: val_dataloader, val_cfg and val_evaluator");
  return evaluate(Mode::val);
}

MetricMap Runner::test() {
  if (options_->test_cfg.empty() || !options_->test_dataloader.has_value() || options_->test_evaluator.empty())
    throw Error("there is no test in the config: test_dataloader, test_cfg and test_evaluator");
  files_.clear();
  return evaluate(Mode::test);
}

void Runner::set_training(bool training) {
  model_->set_training(training);
  if (!optims_) return;
  if (training) optims_->train();
  else optims_->eval();
}

bool Runner::validates() const {
  return !options_->val_cfg.empty() && options_->val_dataloader.has_value() && !options_->val_evaluator.empty();
}

bool Runner::run_validation() {
  val_loop_->run();
  return !val_loop_->interrupted();
}

void Runner::write_file(const std::string& title, const std::string& name, const std::string& text) {
  run_folder_->write(name, text);
  const std::pair file(title, run_folder_->path() / name);
  if (std::find(files_.begin(), files_.end(), file) == files_.end()) files_.push_back(file);
}

void Runner::note_validation(const MetricMap& metrics) {
  if (train_loop_) results_.validated(metrics, epoch(), iter(), save_requests_);
}

void Runner::request_stop(std::string reason) {
  if (stop_requested()) return;
  logger_->info("The training ends early: " + reason);
  stop_request_ = reason.empty() ? "a hook asks for it" : std::move(reason);
}

int Runner::agreed_stop() {
  const RunControl* control = surroundings_.control;
  const int reason = control ? control->stop_reason() : 0;
  // Ranks agree on the greatest, and a cancel is below 0.
  constexpr int kFirst = 1 - RunControl::kCancel;
  const int agreed = context_->ranks.agree(reason == 0 ? 0 : reason + kFirst);
  if (agreed != 0) stop_reason_ = agreed - kFirst;
  return agreed == 0 ? 0 : stop_reason_;
}

bool Runner::agreed_stop_request() {
  Ranks& ranks = context_->ranks;
  if (ranks.agree(stop_requested() ? 1 : 0) == 0) return false;
  if (ranks.size() > 1)
    for (const State& reason : ranks.all_gather(State(stop_request_)))
      if (!reason.string().empty()) request_stop(reason.string());
  return true;
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

double Runner::train_seconds() const {
  const double before = train_loop_ ? train_loop_->progress().train_seconds : 0;
  return session_start_ < 0 ? before : before + steady_seconds() - session_start_;
}

}  // namespace millrace
