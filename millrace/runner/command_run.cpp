#include "millrace/runner/command_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "millrace/base/shell_word.h"
#include "millrace/config/overrides.h"
#include "millrace/log/terminal.h"
#include "millrace/tensor/process.h"
#include "millrace/tensor/shared_machine.h"

namespace millrace {

Config requested_config(const std::string& path, const std::vector<std::string>& overrides,
                        const std::vector<std::string>& search_path) {
  ReadOptions options;
  options.search_path = search_path;
  Config config = Config::from_file(path, options);
  apply_overrides(config, overrides);
  return config;
}

void set_key(Config& config, const char* key, Value value, const char* option) {
  Value name(key);
  value.set_place(Place(std::string("command line: ") + option));
  config.tree.as_dict().set(name, std::move(value));
}

void add_hook(Config& config, Value hook, const char* option) {
  const Value* hooks = config.tree.find("custom_hooks");
  Value list = hooks && hooks->is_sequence() ? Value::list(hooks->items()) : Value::list();
  list.items().push_back(std::move(hook));
  set_key(config, "custom_hooks", list, option);
}

void set_threads(Config& config, int64_t threads) {
  apply_overrides(config, std::vector<std::string>{"env_cfg.threads=" + std::to_string(threads)});
}

void set_default_work_dir(Config& config) {
  if (config.tree.find("work_dir")) return;
  set_key(config, "work_dir", "work_dirs/" + std::filesystem::path(config.filename).stem().string(), "work_dir");
}

RunSurroundings surroundings_of(bool console, const std::shared_ptr<Terminal>& terminal, RunControl& control) {
  RunSurroundings surroundings;
  surroundings.control = &control;
  surroundings.machine = std::make_shared<SharedMachine>();
  if (console) surroundings.terminal = terminal ? terminal : std::make_shared<Terminal>(stderr);
  return surroundings;
}

namespace {

/// The limit of the process, up to what the system sets; it never goes down.
void allow_open_files(int64_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t most = limit.rlim_max == RLIM_INFINITY ? static_cast<rlim_t>(wanted) : limit.rlim_max;
  const rlim_t asked = std::min(static_cast<rlim_t>(wanted), most);
  if (asked <= limit.rlim_cur) return;
  limit.rlim_cur = asked;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void configure_process_for(const RunnerOptions& options) {
  ProcessOptions process;
  process.threads = options.env_cfg.threads;
  process.deterministic = options.randomness.deterministic;
  process.cudnn_benchmark = options.env_cfg.cudnn_benchmark;
  configure_process(process);
  allow_open_files(options.env_cfg.resource_limit);
}

void set_revise_keys(Config& config, const RevisedKeys& revise_keys) {
  if (revise_keys.empty()) return;
  Value::Items pairs;
  for (const auto& [pattern, replacement] : revise_keys)
    pairs.push_back(Value::tuple({Value(pattern), Value(replacement)}));
  set_key(config, "load_revise_keys", Value::list(std::move(pairs)), "--revise-keys");
}

void word_in_flags(WeightsMisfit& misfit, const char* loosen) {
  const auto revise = [](std::span<const ReviseKey> revise_keys) {
    std::string flags;
    for (const auto& [pattern, replacement] : revise_keys)
      flags += (flags.empty() ? "--revise-keys " : " --revise-keys ") + shell_word(pattern + "=" + replacement);
    return flags;
  };
  misfit.word({.revise = revise, .loosen = loosen});
}

namespace {

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

}  // namespace

void add_metrics(RunOutcome& outcome, const MetricMap& metrics) {
  for (const MetricMap::Entry& metric : metrics)
    if (const std::string text = metric_text(metric.value); !text.empty())
      outcome.metrics.emplace_back(metric.name, text);
}

void add_folder_hint(Error& error, const std::string& config) {
  namespace fs = std::filesystem;
  const std::string text = error.what();
  const fs::path missing = text.substr(0, text.find(": "));
  const fs::path folder = fs::path(config).parent_path();
  std::error_code ignored;
  if (!folder.empty() && missing.is_relative() && !fs::exists(missing, ignored) &&
      fs::exists(folder / missing, ignored))
    error.help("cd " + shell_word(folder.string()) + " (it is next to the config; paths start in the current folder)");
}

}  // namespace millrace
