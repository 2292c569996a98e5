#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/base/run_control.h"
#include "millrace/registry/binder.h"

namespace millrace {

class Config;
class Terminal;

/// Pattern and replacement, as --revise-keys names them.
using RevisedKeys = std::vector<std::pair<std::string, std::string>>;

/// What the command line asks of a training. Everything but `config` may be left as it is.
struct TrainRequest {
  enum class Resume { no, latest, path };

  std::string config;
  std::vector<std::string> overrides;    // "key=value", in order
  std::vector<std::string> config_path;  // folders of packages, see ReadOptions::search_path
  std::optional<std::string> work_dir;
  Resume resume = Resume::no;
  std::string resume_path;
  std::optional<std::string> load_from;
  RevisedKeys revise_keys;  // of the names in load_from
  std::optional<int64_t> seed;
  std::optional<std::string> device;  // "cpu", "cuda", "cuda:1"
  std::optional<std::string> precision;
  std::optional<int64_t> limit_batches;
  std::optional<int64_t> threads;  // of an operator
  bool validate = true;
  bool dry_run = false;
  bool console = true;                 // log to stderr
  std::shared_ptr<Terminal> terminal;  // of the log, where a progress bar shares it; null: one of its own
};

struct TestRequest {
  std::string config;
  std::string checkpoint;
  std::vector<std::string> overrides;
  std::vector<std::string> config_path;
  std::optional<std::string> work_dir;
  std::optional<std::string> device;
  std::optional<int64_t> limit_batches;
  std::optional<int64_t> threads;
  RevisedKeys revise_keys;
  int64_t show = 0;  // print the first so many samples with what the network predicts
  bool console = true;
  std::shared_ptr<Terminal> terminal;  // as in TrainRequest
};

struct SummaryRequest {
  std::string config;
  std::vector<std::string> overrides;
  std::vector<std::string> config_path;
  std::optional<std::string> shape;  // "3,224,224"; none: that of the config's data
  std::optional<int64_t> depth;
  bool json = false;
};

/// How a run ended, for its last lines on the terminal.
struct RunOutcome {
  bool finished = false;  // false: stopped before its end, the state is saved
  int stop_reason = 0;    // a signal's number or RunControl::kCancel where it was stopped
  std::string notice;     // "nothing to do: the run is finished"
  std::vector<std::pair<std::string, std::string>> metrics;  // name and value as printed, of the last evaluation
  std::string best_checkpoint, last_checkpoint;              // "" where there is none
  std::string best_metric;                                   // "accuracy/top1 92.31 at epoch 7"
  std::string run_folder, summary, curves;                   // paths; "" where not written
  std::string samples;                                       // of TestRequest::show, as text
  std::string report;                                        // of a test: what its task view says, as text
  std::vector<std::pair<std::string, std::string>> files;    // of a test: what else was written, and its path
  double seconds = 0;
  double samples_per_second = 0;
};

/// What the command line asks of a trained network.
struct PredictRequest {
  std::string config;  // "": the checkpoint's own
  std::string checkpoint;
  std::vector<std::string> files;
  std::vector<std::string> overrides;
  std::vector<std::string> config_path;
  std::optional<std::string> device;
  std::optional<std::string> precision;
  std::optional<int64_t> threads;
  RevisedKeys revise_keys;
  int64_t batch_size = 32;
  int64_t workers = 2;
  int64_t most = 3;  // answers that are named of each
  std::string out;   // folder of pictures; "": none are drawn
};

/// What it predicts of one file, as the task view of the model puts it.
struct FilePrediction {
  std::string file;
  std::string error{};    // what is wrong with the file; "" if nothing
  std::string line{};     // "hat 93.2%, shoe 4.1%"
  std::string object{};   // the same as a JSON object
  std::string picture{};  // path of what was drawn; "" if nothing was
};

/// Who hears it, while it goes on.
struct PredictListener {
  std::function<void(const FilePrediction&)> file;
  std::function<void(const std::string&)> notice;
};

/// What a check of a config found.
struct ConfigReport {
  Mistakes mistakes;                    // what makes it unfit
  std::vector<AbsentComponent> absent;  // what this build does not have: nobody can say whether it is right
  Mistakes warnings;                    // what it says in vain
};

/// Facts about the machine and the libraries, in order, for `millrace env` and the run folder.
using EnvironmentFacts = std::vector<std::pair<std::string, std::string>>;

/// What stands above the core and can be asked from it. libmillrace.so fills it when it is loaded.
struct EngineTable {
  RunOutcome (*train)(const TrainRequest& request, RunControl& control) = nullptr;
  RunOutcome (*test)(const TestRequest& request, RunControl& control) = nullptr;
  EnvironmentFacts (*environment)() = nullptr;
  /// Files come in their order; one that can't be read does not end it.
  void (*predict)(const PredictRequest& request, const PredictListener& listener) = nullptr;
  /// Builds nothing.
  ConfigReport (*check)(const Config& config) = nullptr;
  std::string (*summary)(const SummaryRequest& request) = nullptr;  // what `millrace summary` prints
};

/// Called by rooms of the engine while it is loaded, each with the entries that it has.
void install_engine(const EngineTable& table);
/// Loads libmillrace.so and the zoo libraries that lie beside libmillrace_core.so, unless the program links them;
/// throws Error if that fails. GOMP_SPINCOUNT is set before, where it is not set yet.
const EngineTable& engine();

}  // namespace millrace
