#include "millrace/runner/runner_parts.h"

#include <fmt/format.h>

#include <random>

#include "millrace/base/run_control.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/data/data_loader.h"
#include "millrace/data/followed_names.h"
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
#include "millrace/runner/hook_priority.h"
#include "millrace/runner/log_processor.h"
#include "millrace/runner/optim_bridge.h"
#include "millrace/runner/progress_reporter.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/device.h"
#include "millrace/tensor/environment.h"
#include "millrace/tensor/process.h"
#include "millrace/tensor/seeded.h"

namespace millrace {

namespace {

uint64_t drawn_seed() { return std::random_device()() & 0x7fffffffU; }

/// The checkpoint to resume; "" if the options ask for none, or for the newest and there is none. Only the main rank
/// looks for the newest: the others might see a different one.
std::string resume_path(const RunnerOptions& options, Ranks& ranks) {
  if (const auto* path = std::get_if<std::string>(&options.resume)) return *path;
  if (!std::get<bool>(options.resume)) return "";
  if (options.load_from) return *options.load_from;
  return ranks.broadcast(State(ranks.is_main() ? find_latest(options.work_dir).value_or("") : "")).string();
}

}  // namespace

bool wants_resume(const RunnerOptions& options) {
  return std::holds_alternative<std::string>(options.resume) || std::get<bool>(options.resume);
}

RunnerParts::RunnerParts(RunnerOptions given_options, RunSurroundings given_surroundings)
    : options(std::make_unique<RunnerOptions>(checked_run(std::move(given_options)))),
      surroundings(std::move(given_surroundings)) {
  const RunnerOptions& o = *options;
  if (!surroundings.ranks) alone = std::make_unique<SingleRank>();
  Ranks& ranks = surroundings.ranks ? *surroundings.ranks : *alone;
  work_dir = std::filesystem::absolute(o.work_dir).lexically_normal();
  if (const std::string path = resume_path(o, ranks); !path.empty()) resume_point = ResumePoint::read(path);
  const std::optional<uint64_t> resumed_seed = resume_point ? resume_point->seed() : std::nullopt;
  seed = resumed_seed ? *resumed_seed : o.randomness.seed ? static_cast<uint64_t>(*o.randomness.seed) : drawn_seed();
  seed = static_cast<uint64_t>(ranks.broadcast(State(seed)).integer());
  precision = precision_of(o, surroundings.notices);
  // Refused before a run folder is made.
  if (o.load_from && !wants_resume(o) && !std::filesystem::is_regular_file(*o.load_from))
    load_checkpoint_file(*o.load_from);

  hub = std::make_unique<MessageHub>();
  logger = std::make_unique<Logger>("millrace");
  log_processor = o.log_processor.empty() ? std::make_shared<LogProcessor>() : o.log_processor.build();
  visualizer = o.visualizer.empty() ? std::make_shared<Visualizer>() : o.visualizer.build();
  context = std::make_unique<RunContext>(RunContext{*hub, *logger, ranks, checked_device(o.device), seed});
  requests.emplace(ranks, *logger, surroundings.control);

  note_instances();
  LiveTraining::refuse_to_seed(live_facts());
  seed_generators(o.randomness.diff_rank_seed ? seed + static_cast<uint64_t>(ranks.rank()) : seed);
  std::vector<Notice> loaded;
  {
    const WeightsListener listener([&](const Notice& notice) { loaded.push_back(notice); });
    model = o.model->build();
  }
  model->to(context->device);
  if (const Component<TaskView> view = o.task_view.empty() ? model->task_view() : o.task_view) task_view = view.build();
  if (o.channels_last) nn::to_channels_last(model->modules());

  for (const auto& [name, hook] : o.default_hooks.hooks) add_built_hook(hook);
  for (const auto& hook : o.custom_hooks) add_built_hook(hook);
  if (surroundings.control && surroundings.control->on_progress) {
    auto reporter = std::make_shared<ProgressReporter>(*surroundings.control);
    Hook::adopt(*reporter);
    hooks.add(std::move(reporter));
  }
  open_run_folder();
  for (const Notice& notice : loaded) logger->log(notice.level, notice.text);
  if (resumed_seed && o.randomness.seed && static_cast<uint64_t>(*o.randomness.seed) != seed)
    logger->warning(
        fmt::format("randomness.seed is {}, but the resumed run has {}, which is used", *o.randomness.seed, seed));
}

RunnerParts::~RunnerParts() {
  if (is_refused && !has_worked) remove_run_folder();
}

void RunnerParts::remove_run_folder() {
  std::error_code failure;
  if (!run_folder || !context->ranks.is_main()) return;
  for (const io::KeptFile& file : overwritten) file.put_back();
  if (run_folder->is_reopened()) return;
  std::filesystem::remove_all(run_folder->path(), failure);
}

void RunnerParts::add_built_hook(const Component<Hook>& component) {
  std::shared_ptr<Hook> hook = component.build();
  if (const Value* priority = component.config().find("priority")) {
    Binder binder;
    hook->set_priority(parse_priority(*priority, binder));
  }
  const Value& config = component.config();
  hooks.add(std::move(hook), config.is_dict() ? config.repr(1 << 20) : "");
}

LiveTraining::Facts RunnerParts::live_facts() const {
  return {.work_dir = work_dir,
          .run = run_folder ? run_folder->name() : "",
          .has_seed = options->randomness.seed.has_value(),
          .shares_generators = surroundings.shares_generators,
          .is_one_of_ranks = surroundings.ranks && surroundings.ranks->size() > 1};
}

void RunnerParts::note_instances() {
  const RunnerOptions& o = *options;
  if (!o.randomness.seed || !o.model->instance() || is_seeded() || o.load_from || resume_point) return;
  surroundings.notices.push_back(
      fmt::format("randomness.seed={0} does not cover the initial weights of a model that is made before the Runner: "
                  "they differ from run to run, and so do other random numbers that were drawn before it. "
                  "seed_generators({0}) as the program's first line covers them",
                  *o.randomness.seed));
}

void RunnerParts::open_run_folder() {
  Ranks& ranks = context->ranks;
  if (ranks.is_main()) {
    if (resume_point && resume_point->is_saved_in(work_dir))
      run_folder = RunFolder::reopen(work_dir, resume_point->run_folder());
    if (!run_folder) {
      new_folders = std::make_unique<io::NewFolders>(work_dir);
      run_folder = RunFolder::create(work_dir);
    }
  }
  const std::string folder = ranks.broadcast(State(run_folder ? run_folder->name() : "")).string();
  if (!run_folder) run_folder = RunFolder::of_main_rank(work_dir, folder);
  const RunnerOptions& o = *options;
  const std::string name = o.experiment_name.value_or(surroundings.config_name);
  experiment_name = name.empty() ? run_folder->name() : name + "_" + run_folder->name();
  if (!ranks.is_main()) {  // records and facts are those of the main rank, and the log, too, unless details are wanted
    if (log_level(o.log_level) == LogLevel::debug)
      logger->to_file(run_folder->log_file_of_rank(ranks.rank()), LogLevel::debug);
    return;
  }
  try {
    fill_run_folder();
  } catch (...) {
    remove_run_folder();
    throw;
  }
}

/// Configs, facts and records of the run so far: a resume writes them anew, from the point where it begins.
void RunnerParts::keep_records() {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run_folder->path()))
    if (const auto ending = entry.path().extension(); entry.is_regular_file() && (ending == ".py" || ending == ".json"))
      overwritten.emplace_back(entry.path().string());
}

void RunnerParts::fill_run_folder() {
  const RunnerOptions& o = *options;
  const LogLevel level = log_level(o.log_level);
  if (surroundings.terminal) logger->to_terminal(surroundings.terminal, level);
  logger->to_file(run_folder->log_file(), level);
  if (run_folder->is_reopened()) keep_records();
  visualizer->open(run_folder->path());
  run_folder->write("environment.json", environment_json());
  if (!surroundings.config_text.empty()) {
    run_folder->write("config.py", surroundings.config_text);
    visualizer->add_config(surroundings.config_text);
  }
  if (!surroundings.effective_json.empty()) run_folder->write("effective.json", surroundings.effective_json);
}

std::shared_ptr<DataLoader> RunnerParts::made_loader(const LoaderPart& part, Mode mode) const {
  return part.build({.seed = seed,
                     .mode = mode,
                     .device = context->device,
                     .limit_batches = options->limit_batches,
                     .rank = context->ranks.rank(),
                     .world_size = context->ranks.size()});
}

void RunnerParts::build_loader(Mode mode) {
  auto& loader = loaders[static_cast<int>(mode)];
  if (loader) return;
  const LoaderPart& part = mode == Mode::train ? options->train_dataloader
                           : mode == Mode::val ? options->val_dataloader
                                               : options->test_dataloader;
  loader = made_loader(part, mode);
}

void RunnerParts::build_val_sets() {
  if (!val_sets.empty()) return;
  std::vector<ValSetParts> built;  // what failed is built again
  for (const auto& [name, set] : options->val_sets) {
    std::vector<std::shared_ptr<Metric>> metrics;
    for (const auto& metric : (set.evaluator.empty() ? options->val_evaluator : set.evaluator).metrics)
      metrics.push_back(metric.build());
    built.push_back({name, made_loader(set.dataloader, Mode::val), std::make_unique<Evaluator>(std::move(metrics))});
    built.back().evaluator->set_dataset_meta(built.back().loader->dataset_meta());
  }
  val_sets = std::move(built);
}

void RunnerParts::exchange_val_set(size_t i) {
  constexpr int kVal = static_cast<int>(Mode::val);
  std::swap(loaders[kVal], val_sets[i].loader);
  std::swap(evaluators[kVal], val_sets[i].evaluator);
  val_set_at_hand = val_set_at_hand ? std::nullopt : std::optional(i);
}

std::string RunnerParts::loader_name(Mode mode) const {
  if (mode == Mode::val && val_set_at_hand) return "val_sets." + val_sets[*val_set_at_hand].name;
  return std::string(mode_name(mode)) + "_dataloader";
}

void RunnerParts::build_training(Runner& runner) {
  if (!schedulers) {
    model->check_use(Mode::train);
    build_loader(Mode::train);
    train_loop = options->train_cfg.build(runner);
    optims = build_optims(*options, *model);
    optims->attach(*context);
    apply_auto_scale_lr(options->auto_scale_lr, loaders[static_cast<int>(Mode::train)]->batch_size(), *optims,
                        *context);
    schedulers = build_schedulers(*options, *optims, train_loop->max_epochs(), train_loop->max_iters(),
                                  loader_length(Mode::train));
    for (const Notice& notice : schedulers->notices()) logger->log(notice.level, notice.text);
  }
  // Of each call of train(): hooks may have come since the last one.
  optims->set_observer(nullptr);
  optim_observer = observer_for_hooks(runner);
  optims->set_observer(optim_observer.get());
}

void RunnerParts::build_eval(Runner& runner, Mode mode) {
  model->check_use(mode);
  build_loader(mode);
  if (mode == Mode::val) build_val_sets();
  DataLoader& loader = *loaders[static_cast<int>(mode)];
  if (is_loaded) follow_names();  // else when it is known which weights are loaded
  auto& evaluator = evaluators[static_cast<int>(mode)];
  if (evaluator) return;
  std::vector<std::shared_ptr<Metric>> metrics;
  for (const auto& metric : (mode == Mode::val ? options->val_evaluator : options->test_evaluator).metrics)
    metrics.push_back(metric.build());
  if (mode == Mode::val) val_loop = options->val_cfg.build(runner);
  else test_loop = options->test_cfg.build(runner);
  evaluator = std::make_unique<Evaluator>(std::move(metrics));  // the last: what failed is built again
  evaluator->set_dataset_meta(loader.dataset_meta());
}

void RunnerParts::take_names(State data_meta, const std::string& file, std::optional<LogLevel> tolerated) {
  for (const Mode mode : {Mode::train, Mode::val, Mode::test}) {
    const auto& loader = loaders[static_cast<int>(mode)];
    if (!loader || !tolerated) continue;
    if (have_same_names(loader->dataset_meta(), data_meta)) break;
    const std::string own = std::string(mode_name(mode)) + "_dataloader";
    logger->log(*tolerated, fmt::format("{} was trained on other {} than {} has:\n  {}: {}\n  {}: {}", file,
                                        names_in(data_meta, "classes").empty() ? "features" : "classes", own, file,
                                        names_text(data_meta), own, names_text(loader->dataset_meta())));
    return;
  }
  trained_meta = std::move(data_meta);
  trained_file = file;
}

void RunnerParts::follow_checkpoint(DataLoader& loader, const std::string& own_name) {
  try {
    loader.follow_names({trained_meta, trained_file}, own_name);
  } catch (Error& error) {
    if (resume_point) error.note("a run goes on with the classes and features that it was made with");
    else error.help("load_strict=False takes them by their places, whatever their names");
    throw;
  }
}

void RunnerParts::follow_names_of(DataLoader& loader, Mode mode, const std::string& own_name) {
  const auto& train = loaders[static_cast<int>(Mode::train)];
  if (mode != Mode::train && train) loader.follow_names({train->dataset_meta(), "train_dataloader"}, own_name);
  else if (!trained_meta.is_none()) follow_checkpoint(loader, own_name);
}

void RunnerParts::follow_names() {
  for (const Mode mode : {Mode::train, Mode::val, Mode::test}) {
    const auto& loader = loaders[static_cast<int>(mode)];
    if (!loader) continue;
    follow_names_of(*loader, mode, std::string(mode_name(mode)) + "_dataloader");
    if (const auto& evaluator = evaluators[static_cast<int>(mode)]) evaluator->set_dataset_meta(loader->dataset_meta());
  }
  for (const ValSetParts& set : val_sets) {
    follow_names_of(*set.loader, Mode::val, "val_sets." + set.name);
    set.evaluator->set_dataset_meta(set.loader->dataset_meta());
  }
}

int64_t RunnerParts::loader_length(Mode mode) const {
  const auto& loader = loaders[static_cast<int>(mode)];
  return loader ? loader->length() : 0;
}

}  // namespace millrace
