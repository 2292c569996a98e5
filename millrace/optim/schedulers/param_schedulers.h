#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "millrace/optim/optim_wrapper_constructor.h"
#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

/// All schedules of a training, in the order in which they act.
///
///     ParamSchedulers schedulers({.max_epochs = 12, .max_iters = 12 * length, .iters_per_epoch = length});
///     schedulers.add(std::make_shared<LinearLR>(optim, LinearLR::Options{.range = {.end = 500, .by_epoch = false}}));
///     schedulers.add(std::make_shared<CosineAnnealingLR>(optim, CosineAnnealingLR::Options{}));
class ParamSchedulers {
 public:
  explicit ParamSchedulers(Horizon horizon) : horizon_(horizon) {}

  /// Adds a schedule and starts it, which sets its first value. `optim_name` is the name in the OptimSet, "" for the
  /// only one.
  void add(std::shared_ptr<ParamScheduler> scheduler, std::string optim_name = "");

  /// Called after each iteration, and after each epoch.
  void step_iter();
  void step_epoch();
  /// Called after each validation of a training.
  void observe(const MetricMap& metrics);

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  ParamScheduler& operator[](size_t i) const { return *entries_[i].scheduler; }
  /// Warnings about the schedules, for the log.
  const std::vector<Notice>& notices() const { return notices_; }

  /// In MMEngine's layout: a list of states, or {name: list} for named optimizers.
  State state_dict() const;

  /// Replays the schedules with their settings from step 0 up to the given iterations and epochs. Schedules that depend
  /// on metrics keep what they have observed.
  void replay(int64_t iterations, int64_t epochs, int64_t iters_per_epoch);
  /// For a resume, after the optimizers are loaded: continues from the counters in `saved` and the values of the
  /// groups. If the settings or the number of schedules have changed, it replays all of them instead. Returns whether
  /// it continued.
  bool resume(const State& saved, int64_t iterations, int64_t epochs, int64_t iters_per_epoch);

 private:
  struct Entry {
    std::string optim_name;
    std::shared_ptr<ParamScheduler> scheduler;
  };
  std::vector<const State*> states_of(const State& saved) const;
  bool load(const std::vector<const State*>& states);
  void load_progress(std::vector<const State*> states);

  Horizon horizon_;
  std::vector<Entry> entries_;
  std::vector<ParamScheduler*> by_iter_, by_epoch_, observing_;
  int64_t iterations_ = 0;
  std::vector<Notice> notices_;
};

}  // namespace millrace
