// What the command line asks of the engine: the entries of cli/engine.h.
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "millrace/base/json_text.h"
#include "millrace/base/shell_word.h"
#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/config/overrides.h"
#include "millrace/hub/message_hub.h"
#include "millrace/io/file.h"
#include "millrace/log/logger.h"
#include "millrace/log/terminal.h"
#include "millrace/runner/loop.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/environment.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

/// A folder that goes with the object: where a dry run writes.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace_dry_run_XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw Error(pattern + ": cannot make a folder for the dry run");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The config that a TrainRequest or a TestRequest asks for.
template <class Request>
Config read_config(const Request& request) {
  ReadOptions options;
  options.search_path = request.config_path;
  Config config = Config::from_file(request.config, options);
  apply_overrides(config, request.overrides);
  return config;
}

/// Sets a top-level key that the command line has an option of its own for.
void set_key(Config& config, const char* key, Value value, const char* option) {
  Value name(key);
  value.set_place(Place(std::string("command line: ") + option));
  config.tree.as_dict().set(name, std::move(value));
}

void set_default_work_dir(Config& config) {
  if (config.tree.find("work_dir")) return;
  set_key(config, "work_dir", "work_dirs/" + std::filesystem::path(config.filename).stem().string(), "work_dir");
}

template <class Request>
RunSurroundings surroundings_of(const Request& request, RunControl& control) {
  RunSurroundings surroundings;
  surroundings.control = &control;
  if (request.console) surroundings.terminal = request.terminal ? request.terminal : std::make_shared<Terminal>(stderr);
  return surroundings;
}

ProcessOptions process_options(const RunnerOptions& options) {
  ProcessOptions process;
  process.deterministic = options.randomness.deterministic;
  return process;
}

/// Whatever interval the config has, a dry run validates.
void validate_at_once(Config& config) {
  Value* loop = config.tree.as_dict().find("train_cfg");
  if (!loop || !loop->is_dict()) return;
  for (const char* key : {"val_begin", "dynamic_intervals"}) loop->as_dict().erase(key);
  if (loop->find("val_interval") || loop->find("max_iters")) loop->as_dict().set("val_interval", 1);
}

/// Ends a dry run after two batches of the training loop: the loop itself keeps its length, which schedules count on.
class EndAfterTwoBatches final : public Hook {
 public:
  void after_train_iter(TrainIter& point) override {
    if (++batches_ == 2) point.runner.request_stop("it is a dry run");
  }

 private:
  int64_t batches_ = 0;
};

std::string metric_text(const State& value) {
  switch (value.kind()) {
    case State::Kind::integer:
      return std::to_string(value.integer());
    case State::Kind::number:
      return fmt::format("{:.4f}", value.number());
    case State::Kind::string:
      return value.string();
    default:
      return "";
  }
}

void add_metrics(RunOutcome& outcome, const MetricMap& metrics) {
  for (const MetricMap::Entry& metric : metrics)
    if (const std::string text = metric_text(metric.value); !text.empty())
      outcome.metrics.emplace_back(metric.name, text);
}

/// Reads what SummaryHook wrote: the file is the interface.
void add_summary(RunOutcome& outcome, const Runner& runner) {
  const std::filesystem::path folder = runner.run_folder().path();
  outcome.run_folder = folder.string();
  if (std::filesystem::exists(folder / "curves.svg")) outcome.curves = (folder / "curves.svg").string();
  const std::string path = (folder / "summary.json").string();
  if (!io::file_exists(path)) return;
  outcome.summary = path;
  const auto summary = nlohmann::json::parse(strict_json(io::read_file(path)), nullptr, /*allow_exceptions=*/false);
  if (summary.is_discarded()) return;
  outcome.seconds = summary.value("train_seconds", 0.0);
  outcome.samples_per_second = summary.value("samples_per_second", 0.0);
  const auto text = [](const nlohmann::json& entry, const char* key) {
    return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : std::string();
  };
  const auto& best = summary["best"];
  outcome.best_checkpoint = text(best, "checkpoint");
  outcome.last_checkpoint = text(summary["last"], "checkpoint");
  if (best["value"].is_number())
    outcome.best_metric =
        fmt::format("{} {:.4f} at epoch {}, iteration {}", text(best, "metric"), best["value"].get<double>(),
                    best["epoch"].get<int64_t>(), best["iter"].get<int64_t>());
}

void add_last_metrics(RunOutcome& outcome, Runner& runner) {
  for (ScalarId id : runner.hub().scalars()) {
    const std::string& name = runner.hub().name(id);
    if (!name.starts_with("val/") || name == "val/time" || name == "val/data_time") continue;
    outcome.metrics.emplace_back(name.substr(4), fmt::format("{:.4f}", runner.hub().history(id).current().value));
  }
}

/// A hook that the command adds to those of the config.
void add_hook(Config& config, Value hook, const char* option) {
  Value* hooks = config.tree.as_dict().find("custom_hooks");
  Value list = hooks && hooks->is_sequence() ? Value::list(hooks->items()) : Value::list();
  list.items().push_back(std::move(hook));
  set_key(config, "custom_hooks", list, option);
}

Value hook_named(const char* type) {
  Value hook = Value::dict();
  hook.as_dict().set("type", type);
  return hook;
}

std::string text_of(Runner& runner, const char* info) {
  const State* text = runner.hub().find_info(info);
  return text && text->is_string() ? text->string() : "";
}

/// What the hooks of a test left behind.
void add_test_results(RunOutcome& outcome, Runner& runner) {
  outcome.samples = text_of(runner, "shown_samples");
  outcome.report = text_of(runner, "test_report");
  const std::filesystem::path folder = runner.run_folder().path();
  outcome.run_folder = folder.string();
  for (const auto& [title, name] : runner.noted_files()) outcome.files.emplace_back(title, (folder / name).string());
}

RunOutcome run_training(const TrainRequest& request, RunControl& control) {
  Config config = read_config(request);
  std::optional<ScratchFolder> scratch;
  if (request.work_dir) set_key(config, "work_dir", *request.work_dir, "--work-dir");
  set_default_work_dir(config);
  if (request.dry_run) {
    scratch.emplace();
    set_key(config, "work_dir", scratch->path().string(), "--dry-run");
    validate_at_once(config);
  }
  if (request.load_from) set_key(config, "load_from", *request.load_from, "--load-from");
  if (request.resume == TrainRequest::Resume::latest) {
    set_key(config, "resume", true, "--resume");
    if (!request.load_from) config.tree.as_dict().erase("load_from");
  } else if (request.resume == TrainRequest::Resume::path) {
    set_key(config, "resume", request.resume_path, "--resume");
  }
  if (request.device) set_key(config, "device", *request.device, "--device");
  if (request.precision) set_key(config, "precision", *request.precision, "--precision");
  if (request.limit_batches) set_key(config, "limit_batches", *request.limit_batches, "--limit-batches");
  if (request.seed) {
    apply_overrides(config, std::vector<std::string>{"randomness.seed=" + std::to_string(*request.seed)});
  }
  if (!request.validate)
    for (const char* key : {"val_dataloader", "val_cfg", "val_evaluator"}) config.tree.as_dict().erase(key);

  RunSurroundings surroundings = surroundings_of(request, control);
  RunnerOptions options = bind_run_config(config, surroundings);
  configure_process(process_options(options));
  if (request.dry_run) {
    options.limit_batches = 2;
    options.resume = false;
    options.custom_hooks.emplace_back(std::make_shared<EndAfterTwoBatches>());
  }
  Runner runner(std::move(options), std::move(surroundings));
  RunOutcome outcome;
  const bool has_test = !runner.options().test_cfg.empty();
  runner.train();
  if (request.dry_run) {
    if (has_test && control.stop_reason() == 0) add_metrics(outcome, runner.test());
    outcome.finished = true;
    if (outcome.metrics.empty()) add_last_metrics(outcome, runner);
    outcome.notice = "dry run: two batches went through every loop, nothing was kept";
    return outcome;
  }
  add_last_metrics(outcome, runner);
  add_summary(outcome, runner);
  outcome.stop_reason = control.stop_reason();
  outcome.finished = outcome.stop_reason == 0;
  if (outcome.finished && runner.session_iterations() == 0)
    outcome.notice = "the run was finished: nothing was left to train";
  return outcome;
}

RunOutcome run_test(const TestRequest& request, RunControl& control) {
  Config config = read_config(request);
  if (request.work_dir) set_key(config, "work_dir", *request.work_dir, "--work-dir");
  set_default_work_dir(config);
  if (request.device) set_key(config, "device", *request.device, "--device");
  if (request.limit_batches) set_key(config, "limit_batches", *request.limit_batches, "--limit-batches");
  set_key(config, "load_from", request.checkpoint, "CHECKPOINT");
  set_key(config, "resume", false, "CHECKPOINT");
  if (request.show > 0) {
    Value hook = hook_named("ShowSamplesHook");
    hook.as_dict().set("count", request.show);
    add_hook(config, std::move(hook), "--show");
  }
  add_hook(config, hook_named("TestReportHook"), "test");

  RunSurroundings surroundings = surroundings_of(request, control);
  RunnerOptions options = bind_run_config(config, surroundings);
  configure_process(process_options(options));
  Runner runner(std::move(options), std::move(surroundings));
  RunOutcome outcome;
  add_metrics(outcome, runner.test());
  add_test_results(outcome, runner);
  outcome.stop_reason = control.stop_reason();
  outcome.finished = outcome.stop_reason == 0;
  return outcome;
}

/// Paths of data start from the folder in which the command is called, and a project's are meant from its own: tells
/// so where that is why a file is missing.
template <class Request>
RunOutcome with_folder_hint(RunOutcome (*run)(const Request&, RunControl&), const Request& request,
                            RunControl& control) {
  try {
    return run(request, control);
  } catch (Error& error) {
    namespace fs = std::filesystem;
    const std::string text = error.what();
    const fs::path missing = text.substr(0, text.find(": "));
    const fs::path folder = fs::path(request.config).parent_path();
    std::error_code ignored;
    if (!folder.empty() && missing.is_relative() && !fs::exists(missing, ignored) &&
        fs::exists(folder / missing, ignored))
      error.help("cd " + shell_word(folder.string()) +
                 " (it lies beside the config; paths start from the current folder)");
    throw;
  }
}

RunOutcome train_command_run(const TrainRequest& request, RunControl& control) {
  return with_folder_hint(run_training, request, control);
}

RunOutcome test_command_run(const TestRequest& request, RunControl& control) {
  return with_folder_hint(run_test, request, control);
}

[[maybe_unused]] const bool engine_is_installed = [] {
  install_engine({.train = train_command_run,
                  .test = test_command_run,
                  .environment = environment_facts,
                  .check = check_run_config});
  return true;
}();

}  // namespace

}  // namespace millrace
