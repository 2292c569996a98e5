#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millrace/structures/metric_map.h"
#include "millrace/tensor/state.h"

namespace millrace {

struct SaveRequest;

/// What a training gave, over all sessions of the run.
struct RunSummary {
  /// The result of a validation, and the checkpoint that was made there.
  struct Result {
    std::string metric;           // "" before the first validation
    std::string rule;             // "greater" or "less": which is better; "" where nobody says
    std::optional<double> value;  // in the metric's unit; nothing where there is no number
    int64_t epoch = 0, iter = 0;  // finished ones
    std::string checkpoint;       // its path; "" where there is none

    /// None for what is "" or nothing.
    State state() const;
    static Result from(const State& state);
  };
  Result best;
  Result last;        // where the run stands, validated there or not; its checkpoint is the newest
  MetricMap metrics;  // of the last validation; empty if there was none
  double train_seconds = 0;
  double samples_per_second = 0;
  int64_t iters = 0;          // finished ones
  int64_t session_iters = 0;  // those of this session: none, where a finished run was resumed
  int stop_reason = 0;        // a signal's number or RunControl::kCancel, where the run was stopped
  std::string resumed_from;   // "" if it began at the beginning
  std::filesystem::path run_folder;
  /// What hooks wrote, by name: "summary", "curves".
  std::vector<std::pair<std::string, std::filesystem::path>> files;
};

/// Keeps the results of a run's validations: the best, the last, and the checkpoints that hold them.
///
/// The metric is the one that somebody chooses, else the first of the first evaluator. Which of two values is better is
/// said by who chooses, else by the metric's name, and where that says nothing the greater one is taken. A nan is never
/// best.
class RunResults {
 public:
  /// Judges by this metric from the next validation on.
  void choose(std::string metric, bool greater);
  /// A validation at a place of the run; `requests` are the saves that it has led to.
  void validated(const MetricMap& metrics, int64_t epoch, int64_t iter, std::span<const SaveRequest> requests);
  /// A checkpoint to go on from is about to be written.
  void saves(const std::string& path, int64_t iter);

  const MetricMap& metrics() const { return metrics_; }
  RunSummary::Result best() const;
  /// Of a run that stands there.
  RunSummary::Result last(int64_t epoch, int64_t iter) const;

  State state_dict() const;
  void load_state_dict(const State& state);

 private:
  std::string chosen_;
  std::optional<bool> chosen_greater_;
  RunSummary::Result best_, last_;
  MetricMap metrics_;
  std::string newest_;  // the newest regular checkpoint, and where it was made
  int64_t newest_iter_ = -1;
};

}  // namespace millrace
