#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/runner/hook.h"

namespace millrace {

/// Writes a line to the log, and a record to the visualizer's backends, every `interval` iterations and after each
/// validation and test.
///
/// It fetches losses from the device once per interval; with several ranks a line of the training shows their mean. If
/// intervals are shorter than a tenth of a second, lines reach the disk ten times a second, and before any longer
/// operation. After a test it writes the metrics to `<run folder>/<timestamp>.json`.
class LoggerHook final : public Hook {
 public:
  struct Options {
    int64_t interval = 10;
    bool ignore_last = true;
    int64_t interval_exp_name = 1000;
    std::optional<bool> log_metric_by_epoch;

    template <class Fields>
    static void describe(Fields& f) {
      f("interval", &Options::interval, "iterations between two lines").at_least(1);
      f("ignore_last", &Options::ignore_last,
        "no line for the last iteration of an epoch, unless an interval ends there");
      f("interval_exp_name", &Options::interval_exp_name, "iterations between two lines with the experiment's name")
          .at_least(1);
      f("log_metric_by_epoch", &Options::log_metric_by_epoch,
        "count the steps of validation records in epochs, not iterations; None: as the train loop counts");
      f.ignore("out_dir", "files stay in the run folder");
      f.ignore("out_suffix", "files stay in the run folder");
      f.ignore("keep_local", "files stay in the run folder");
      f.ignore("file_client_args", "an old key of MMCV");
      f.ignore("backend_args", "files stay in the run folder");
    }
  };
  LoggerHook() : LoggerHook(Options{}) {}
  explicit LoggerHook(Options options);
  int default_priority() const override { return kBelowNormal; }

  void after_train_iter(TrainIter& point) override;
  void after_val_iter(EvalIter& point) override;
  void after_test_iter(EvalIter& point) override;
  void after_val_epoch(EvalEnd& point) override;
  void after_test_epoch(EvalEnd& point) override;
  void before_val(RunPoint& point) override;
  void after_train(RunPoint& point) override;
  void on_stop(StopPoint& point) override;
  void on_exception(ExceptionPoint& point) override;
  void after_run(RunPoint& point) override;

 private:
  using Clock = std::chrono::steady_clock;
  void log_eval_iter(EvalIter& point, Mode mode) const;
  void flush(Runner& runner);
  Options options_;
  bool pending_ = false;
  Clock::time_point flushed_{};
};

}  // namespace millrace
