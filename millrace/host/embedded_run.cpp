// The entry of cli/embedded.h for runs.
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "millrace/base/run_control.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/config/overrides.h"
#include "millrace/host/embedded_entries.h"
#include "millrace/io/file.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/resume.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/train_loop.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

/// Where a run writes that keeps nothing.
class PassingFolder {
 public:
  PassingFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace_run_XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw Error(pattern + ": cannot make a folder for the run");
    path_ = pattern;
  }
  ~PassingFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PassingFolder(const PassingFolder&) = delete;
  PassingFolder& operator=(const PassingFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::optional<double> number_in(const State& value) {
  if (value.kind() == State::Kind::integer) return static_cast<double>(value.integer());
  if (value.kind() == State::Kind::number) return value.number();
  return {};
}

std::vector<std::pair<std::string, double>> numbers_in(const MetricMap& metrics) {
  std::vector<std::pair<std::string, double>> numbers;
  for (const MetricMap::Entry& metric : metrics)
    if (const auto number = number_in(metric.value)) numbers.emplace_back(metric.name, *number);
  return numbers;
}

/// Tells a listener of iterations and evaluations.
class Reporter final : public Hook {
 public:
  Reporter(const RunListener& listener, RunControl& control) : listener_(listener), control_(control) {}
  int default_priority() const override { return kLowest; }

  void after_train_iter(TrainIter& point) override {
    settle(iters_);
    if (!listener_.report || point.done % listener_.interval != 0) return;
    values_.clear();
    if (point.losses && point.losses->has_total())
      values_.emplace_back(LossMap::total_name().name().c_str(), point.losses->total().item<double>());
    if (point.losses)
      for (const LossMap::Entry& entry : point.losses->entries())
        if (entry.name != LossMap::total_name())
          values_.emplace_back(entry.name.name().c_str(), entry.value.item<double>());
    report(point.runner, Mode::train, point.done);
  }
  void after_val_epoch(EvalEnd& point) override { evaluated(point, Mode::val); }
  void after_test_epoch(EvalEnd& point) override { evaluated(point, Mode::test); }

 private:
  static constexpr int kSettlesWithin = 2;
  void settle(int& count) const {
    if (count == kSettlesWithin) return;
    ++count;
    if (listener_.settled) listener_.settled();
  }
  void evaluated(EvalEnd& point, Mode mode) {
    settle(evaluations_);
    if (!listener_.report) return;
    const auto numbers = numbers_in(point.metrics);
    values_.clear();
    for (const auto& [name, value] : numbers) values_.emplace_back(name.c_str(), value);
    report(point.runner, mode, point.runner.iter());
  }
  void report(Runner& runner, Mode mode, int64_t iter) {
    const bool by_epoch = runner.has_train_loop() && runner.train_loop().by_epoch();
    const RunReport report{.mode = mode,
                           .epoch = runner.epoch(),
                           .max_epochs = by_epoch ? runner.max_epochs() : 0,
                           .iter = iter,
                           .max_iters = runner.max_iters(),
                           .values = values_};
    if (!listener_.report(report)) control_.stop();
  }

  const RunListener& listener_;
  RunControl& control_;
  int iters_ = 0, evaluations_ = 0;
  std::vector<std::pair<const char*, double>> values_;
};

Config config_of(const EmbeddedRunRequest& request) {
  Config config = request.text ? Config::from_string(*request.text, Config::format_of(request.config), request.config)
                               : Config::from_file(request.config);
  apply_overrides(config, request.overrides);
  if (request.work_dir && !request.work_dir->empty()) set_key(config, "work_dir", *request.work_dir, "work_dir");
  else if (!request.work_dir) set_default_work_dir(config);
  return config;
}

class HostedTraining final : public EmbeddedRun {
 public:
  explicit HostedTraining(const EmbeddedRunRequest& request) : config_(config_of(request)) {
    if (request.work_dir && request.work_dir->empty()) {
      folder_.emplace();
      set_key(config_, "work_dir", folder_->path(), "work_dir");
    }
    RunSurroundings ignored;
    bind_run_config(config_, ignored);
  }

  RunControl& control() override { return control_; }
  void listen(RunListener listener) override { listener_ = std::move(listener); }
  void resume(std::string checkpoint) override {
    if (runner_) throw Error("a run is resumed before its first training, validation or test");
    resumed_ = load_checkpoint_file(*io::open_memory("the checkpoint in memory", std::move(checkpoint)));
    ResumePoint::of(*resumed_, "the checkpoint in memory");  // which refuses weights alone
  }
  bool train() override {
    build();
    const RunSummary summary = runner_->train();
    metrics_ = numbers_in(summary.metrics);
    return summary.stop_reason == 0;
  }
  bool evaluate(Mode mode) override {
    build();
    const MetricMap metrics = mode == Mode::val ? runner_->val() : runner_->test();
    metrics_ = numbers_in(metrics);
    return !metrics.empty() || control_.stop_reason() == 0;
  }
  std::string checkpoint() override {
    if (!runner_) throw Error("there is no checkpoint before a training");
    return checkpoint_content(runner_->checkpoint());
  }
  std::vector<std::pair<std::string, double>> metrics() const override { return metrics_; }

  std::string summary_json() const override {
    using Json = nlohmann::ordered_json;
    Json json = Json::object(), numbers = Json::object();
    for (const auto& [name, value] : metrics_) numbers[name] = value;
    const RunSummary summary = runner_ ? runner_->summary() : RunSummary{};
    json["epoch"] = runner_ ? runner_->epoch() : 0;
    json["iter"] = summary.iters;
    json["stopped"] = summary.stop_reason != 0;
    json["metrics"] = numbers;
    json["best_metric"] = summary.best.metric;
    json["best_value"] = summary.best.value ? Json(*summary.best.value) : Json(nullptr);
    json["best_checkpoint"] = summary.best.checkpoint;
    json["last_checkpoint"] = summary.last.checkpoint;
    json["train_seconds"] = summary.train_seconds;
    json["samples_per_second"] = summary.samples_per_second;
    json["broken_weight"] = summary.broken_weight;
    json["run_folder"] = folder_ ? "" : summary.run_folder.string();
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  /// Built where it is used: its weights are drawn by the thread that trains.
  void build() {
    if (runner_) return;
    RunSurroundings surroundings;
    surroundings.control = &control_;
    RunnerOptions options = bind_run_config(config_, surroundings);
    auto& hooks = options.default_hooks.hooks;
    if (folder_) std::erase_if(hooks, [](const auto& hook) { return hook.first == "checkpoint"; });
    auto runner = std::make_unique<Runner>(std::move(options), std::move(surroundings));
    runner->logger().to_callback(
        [this](LogLevel level, std::string_view message) {
          if (listener_.log) listener_.log(level, message);
        },
        LogLevel::info);
    runner->add_hook(std::make_shared<Reporter>(listener_, control_));
    if (resumed_) runner->resume(*resumed_, "the checkpoint in memory");
    runner_ = std::move(runner);
    resumed_.reset();
  }

  Config config_;
  std::optional<PassingFolder> folder_;
  RunControl control_;
  RunListener listener_;
  std::optional<State> resumed_;
  std::vector<std::pair<std::string, double>> metrics_;
  std::unique_ptr<Runner> runner_;
};

}  // namespace

std::unique_ptr<EmbeddedRun> embedded_run(const EmbeddedRunRequest& request) {
  return std::make_unique<HostedTraining>(request);
}

}  // namespace millrace
