#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/base/run_control.h"
#include "millrace/cli/engine_requests.h"
#include "millrace/registry/binder.h"

namespace millrace {

class Config;

/// How a run ended, for its last lines on the terminal.
struct RunOutcome {
  bool finished = false;  // false: stopped before its end, with the state saved
  int stop_reason = 0;    // a signal's number or RunControl::kCancel if it was stopped
  std::string notice;     // "nothing to do: the run is finished"
  std::string failure;    // why the result is of no use, though the run came to its end; "" if nothing is wrong
  std::vector<std::pair<std::string, std::string>> metrics;  // name and value as printed, of the last evaluation
  std::string best_checkpoint, last_checkpoint;              // paths; "" if there is no such file
  std::string best_metric;                                   // "accuracy/top1 92.31 at epoch 7"
  std::string run_folder, summary, curves;                   // paths; "" if not written
  std::string samples;                                       // for TestRequest::show, as text
  std::string report;                                        // of a test: from its task view, as text
  std::vector<std::pair<std::string, std::string>> files;    // of a test: titles and paths of further files
  double seconds = 0;
  double samples_per_second = 0;
};

/// The prediction for one file, as the task view of the model writes it.
struct FilePrediction {
  std::string file;
  std::string error{};    // what is wrong with the file; "" if nothing
  std::string line{};     // "hat 93.2%, shoe 4.1%"
  std::string object{};   // the same as a JSON object
  std::string picture{};  // path of the drawn picture; "" if not drawn
};

/// Gets each prediction as soon as it is made.
struct PredictListener {
  std::function<void(const FilePrediction&)> file;
  std::function<void(const std::string&)> notice;
};

/// A sample that can't be read.
struct UnusableSample {
  std::string loader;  // "train_dataloader"
  int64_t index = 0;   // in its dataset
  std::string reason;  // begins with the file, where there is one
};

/// The result for the data of a loader; its unusable samples come before it.
struct CheckedData {
  std::string loader;
  std::string same_as{};  // a loader before it with the same dataset: not read again
  int64_t samples = 0, unusable = 0;
  std::vector<std::string> notices{};  // "photos: 4 files skipped: 3 .heic, 1 .txt"
  std::string error{};                 // why there is no dataset
};

/// Gets the results as they come.
struct DataCheckListener {
  std::function<void(const UnusableSample&)> sample;
  std::function<void(const CheckedData&)> data;
};

/// The settings of the first parameter group of an optimizer in force during each iteration.
struct OptimSeries {
  std::string optim;  // its name; "" for the only one
  std::vector<double> lr;
  std::vector<double> momentum;  // beta1 of Adam and similar; empty if the optimizer has none
};

/// What the schedules of a config do.
struct ScheduleSeries {
  std::vector<OptimSeries> optims;
  int64_t iters = 0;
  int64_t iters_per_epoch = 0;  // 0: unknown, and not needed
  bool by_epoch = true;         // the training counts epochs
  std::vector<std::string> notices;
};

/// The result of checking a config.
struct ConfigReport {
  Mistakes mistakes;                    // the config can't be used
  std::vector<AbsentComponent> absent;  // components that this build does not have, so they can't be checked
  Mistakes warnings;                    // settings without effect
};

/// What a search for a learning rate measured, step by step.
struct LrFindOutcome {
  std::vector<double> lr, loss, smoothed;
  std::optional<double> suggestion;
  bool has_diverged = false;
};

/// Facts about the machine and the libraries, in order, for `millrace env` and the run folder.
using EnvironmentFacts = std::vector<std::pair<std::string, std::string>>;

/// The functions of the engine that the core calls. libmillrace.so fills the table when it is loaded.
struct EngineTable {
  RunOutcome (*train)(const TrainRequest& request, RunControl& control) = nullptr;
  LrFindOutcome (*lr_find)(const LrFindRequest& request, RunControl& control) = nullptr;
  RunOutcome (*test)(const TestRequest& request, RunControl& control) = nullptr;
  EnvironmentFacts (*environment)() = nullptr;
  /// Predictions come in the order of the files; a file that can't be read does not end it.
  void (*predict)(const PredictRequest& request, const PredictListener& listener) = nullptr;
  /// Builds no component.
  ConfigReport (*check)(const Config& config) = nullptr;
  std::string (*summary)(const SummaryRequest& request) = nullptr;           // the output of `millrace summary`
  std::string (*eval_file)(const EvalFileRequest& request) = nullptr;        // the output of `millrace eval METRIC`
  std::string (*eval_results)(const EvalResultsRequest& request) = nullptr;  // and that of `millrace eval CONFIG`
  /// Needs only optim_wrapper, param_scheduler and train_cfg, and builds no network.
  ScheduleSeries (*lr)(const LrRequest& request) = nullptr;
  /// Reads every sample of every loader.
  void (*check_data)(const DataCheckRequest& request, const DataCheckListener& listener) = nullptr;
  /// Writes the averages of the checkpoint `file` alone.
  void (*write_averages)(const std::string& file, const std::string& out) = nullptr;
};

/// Rooms of the engine call it while the engine is loaded, each with its own entries.
void install_engine(const EngineTable& table);
/// Loads libmillrace.so, unless the program links it; throws Error if that fails. Before that it sets GOMP_SPINCOUNT,
/// unless it is set. The zoo libraries in the folder of libmillrace_core.so are loaded when their scope is first named
/// (scope_libraries.h).
const EngineTable& engine();

}  // namespace millrace
