#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/cli/preemption.h"

namespace millrace {

class Terminal;

/// Pattern and replacement, as --revise-keys names them.
using RevisedKeys = std::vector<std::pair<std::string, std::string>>;

/// The arguments of `millrace train`. Only `config` must be set.
struct TrainRequest {
  enum class Resume { no, latest, path };

  std::string config;
  std::vector<std::string> overrides;    // "key=value", in order
  std::vector<std::string> config_path;  // folders of packages, see ReadOptions::search_path
  std::optional<std::string> work_dir;
  Resume resume = Resume::no;
  std::string resume_path;
  std::optional<std::string> load_from;
  RevisedKeys revise_keys;             // of the names in load_from
  std::optional<std::string> weights;  // of load_from: "averaged" or "trained"
  std::optional<int64_t> seed;
  std::optional<std::string> device;  // "cpu", "cuda", "cuda:1"
  std::optional<std::string> precision;
  std::optional<int64_t> limit_batches;
  std::optional<int64_t> overfit;  // train and validate on so many batches of the training data
  bool auto_batch = false;         // choose the batch size by the memory that it takes
  std::optional<int64_t> memory_bytes;
  std::optional<int64_t> threads;  // of each operator
  bool validate = true;
  bool dry_run = false;
  bool overwrite = false;              // a run that is in the work dir already
  Preemption preemption;               // what ends it with the exit code 75
  std::string go_on;                   // the command that goes on with the run, for messages; "": none is named
  bool console = true;                 // log to stderr
  std::shared_ptr<Terminal> terminal;  // for the log, if a progress bar shares it; null: the log makes one
};

/// The arguments of `millrace lr-find`.
struct LrFindRequest {
  std::string config;
  std::vector<std::string> overrides;
  std::vector<std::string> config_path;
  std::optional<std::string> load_from;
  std::optional<double> start, end;  // learning rates
  std::optional<int64_t> steps;
  std::optional<int64_t> seed;
  std::optional<std::string> device;
  std::optional<int64_t> threads;
  bool console = true;
  std::shared_ptr<Terminal> terminal;  // as in TrainRequest
};

/// The arguments of `millrace test`.
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
  std::optional<std::string> weights;  // "averaged" or "trained"
  int64_t show = 0;                    // print so many samples with their predictions
  bool tta = false;                    // merge the predictions of several views of each sample
  bool console = true;
  std::shared_ptr<Terminal> terminal;  // as in TrainRequest
};

/// The arguments of `millrace predict`.
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
  std::optional<std::string> weights;  // "averaged" or "trained"
  int64_t batch_size = 32;
  int64_t workers = 2;
  int64_t most = 3;  // answers to print for each file
  std::string out;   // folder for pictures; "": draw none
};

/// The arguments of `millrace summary`.
struct SummaryRequest {
  std::string config;
  std::vector<std::string> overrides;
  std::vector<std::string> config_path;
  std::optional<std::string> shape;  // "3,224,224"; absent: that of the config's data
  std::optional<int64_t> depth;
  bool json = false;
};

/// The arguments of `millrace eval METRIC --data FILE`.
struct EvalFileRequest {
  std::string metric;
  std::string data;                 // a JSON file with the metric's inputs
  std::vector<std::string> params;  // "key=value": the metric's options
  bool json = false;
};

/// The arguments of `millrace eval CONFIG RESULTS`.
struct EvalResultsRequest {
  std::string config;
  std::string results;  // a file of DumpResults
  std::vector<std::string> overrides;
  std::vector<std::string> config_path;
  bool json = false;
};

/// The arguments of `millrace lr`.
struct LrRequest {
  std::string config;
  std::vector<std::string> overrides;
  std::vector<std::string> config_path;
  std::optional<int64_t> iters_per_epoch;  // absent: those of the config's data
};

/// The arguments of `millrace data check`.
struct DataCheckRequest {
  std::string config;
  std::vector<std::string> overrides;
  std::vector<std::string> config_path;
};

}  // namespace millrace
