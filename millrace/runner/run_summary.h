#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millrace/runner/finite_watch.h"
#include "millrace/structures/metric_map.h"
#include "millrace/tensor/state.h"

namespace millrace {

struct SaveRequest;

/// The results of a training, over all sessions of the run.
struct RunSummary {
  /// The result of a validation, and the checkpoint that was made there.
  struct Result {
    std::string metric;           // "" before the first validation
    std::string rule;             // "greater" or "less": which is better; "" if unknown
    std::optional<double> value;  // in the metric's unit; absent if it is not a number
    int64_t epoch = 0, iter = 0;  // finished ones
    std::string checkpoint;       // its path; "" if there is none

    /// Empty and absent values become None.
    State state() const;
    static Result from(const State& state);
  };
  Result best;
  Result last;        // at the end so far, validated there or not; its checkpoint is the newest
  MetricMap metrics;  // of the last validation; empty without one
  double train_seconds = 0;
  double samples_per_second = 0;
  int64_t iters = 0;          // finished ones
  int64_t session_iters = 0;  // those of this session; 0 if a finished run was resumed
  int stop_reason = 0;        // a signal's number or RunControl::kCancel if the run was stopped
  std::string resumed_from;   // "" if it began at the beginning
  /// The first loss or gradient norm that was not finite.
  std::optional<FiniteWatch::Finding> not_finite;
  /// The first weight that is not finite; "" if all are. Otherwise the network is of no use.
  std::string broken_weight;
  std::filesystem::path run_folder;
  /// Files that hooks wrote, by title: "summary", "curves".
  std::vector<std::pair<std::string, std::filesystem::path>> files;
};

/// Keeps the results of a run's validations: the best, the last, and the checkpoints that hold them.
///
/// choose() sets the metric and whether greater values are better. Otherwise it is the first metric of the first
/// evaluator; its name tells which values are better, and if it does not, greater ones are. A value that
/// is not finite is never best.
class RunResults {
 public:
  /// Uses this metric from the next validation on.
  void choose(std::string metric, bool greater);
  /// Whether a value of the chosen metric is better than all that is known.
  bool is_better(double value) const;
  /// The best result of an earlier session, from elsewhere than these results; its rule is filled in.
  void recall_best(RunSummary::Result best);
  /// Whether all weights were finite at a validation.
  enum class Weights { finite, broken };
  /// Notes a validation; `requests` are the saves that hooks asked for after it. One of broken weights is never best.
  void validated(const MetricMap& metrics, int64_t epoch, int64_t iter, std::span<const SaveRequest> requests,
                 Weights weights = Weights::finite);
  /// Notes that a checkpoint was removed: no result names it any more.
  void removes(const std::string& path);
  /// Notes a checkpoint that is about to be written, from which the run can be resumed.
  void saves(const std::string& path, int64_t iter);

  const MetricMap& metrics() const { return metrics_; }
  RunSummary::Result best() const;
  /// Where the newest regular checkpoint was made; -1 if this session has made none.
  int64_t newest_iter() const { return newest_iter_; }
  /// The last result of a run that is at this epoch and iteration.
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
