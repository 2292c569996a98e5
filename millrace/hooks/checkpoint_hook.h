#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/runner/hook.h"
#include "millrace/runner/save.h"

namespace millrace {

/// Saves checkpoints: every `interval` epochs (or iterations), at the end or at a stop, and whenever a metric is the
/// best so far.
///
/// Files   <work_dir>/epoch_3.pth or iter_3000.pth; <work_dir>/best_accuracy_top1_epoch_3.pth; last_checkpoint names the
///         newest regular one. With `out_dir` they are in <out_dir>/<name of the work dir>.
/// Order   A new file is in its place before an old one is removed (max_keep_ckpts, the last best).
/// Best    A metric is better if it is greater, or less for losses and where `rule` says so. A value that is not
///         finite never is, nor one of weights that are not finite. Best checkpoints have no optimizer: they are for
///         use, not for a resume.
/// Publish With `published_keys`, a training that ends also writes <name>-<8 digits>.pth beside the last checkpoint (with
///         save_last) and each best one: those keys alone, and the first digits of the SHA-256 of that content.
/// Stop    A signal, a cancel, a hook's stop or an error saves the current state, unless that is saved already.
class CheckpointHook final : public Hook {
 public:
  struct Options {
    std::optional<int64_t> interval = -1;
    std::optional<bool> by_epoch;
    bool save_optimizer = true;
    bool save_param_scheduler = true;
    std::optional<std::string> out_dir;
    int64_t max_keep_ckpts = -1;
    bool save_last = true;
    std::optional<OneOrMany<std::string>> save_best;
    std::optional<OneOrMany<std::string>> rule;
    std::optional<std::vector<std::string>> greater_keys;
    std::optional<std::vector<std::string>> less_keys;
    std::optional<std::string> filename_tmpl;
    int64_t save_begin = 0;
    std::optional<OneOrMany<std::string>> published_keys;

    template <class Fields>
    static void describe(Fields& f) {
      f("interval", &Options::interval,
        "epochs or iterations between two checkpoints; -1: only the last; None: 1 epoch, or the val_interval of a loop "
        "that counts iterations");
      f("by_epoch", &Options::by_epoch, "count epochs, or else iterations; None: as the train loop does");
      f("save_optimizer", &Options::save_optimizer, "with the state of the optimizer");
      f("save_param_scheduler", &Options::save_param_scheduler, "with the state of the schedules");
      f("out_dir", &Options::out_dir, "another folder than the work dir");
      f("max_keep_ckpts", &Options::max_keep_ckpts, "checkpoints to keep, best ones not counted; -1: all");
      f("save_last", &Options::save_last, "save at the end, whatever the interval");
      f("save_best", &Options::save_best, "metrics whose best value to keep; 'auto': the first one");
      f("rule", &Options::rule, "'greater' or 'less', one for all metrics or one each; None: by the metric's name");
      f("greater_keys", &Options::greater_keys, "parts of names of metrics that should be great");
      f("less_keys", &Options::less_keys, "parts of names of metrics that should be small");
      f("filename_tmpl", &Options::filename_tmpl,
        "name of a file, {} for the number; None: epoch_{}.pth or iter_{}.pth");
      f("save_begin", &Options::save_begin, "epoch or iteration that the interval counts from").at_least(0);
      f("published_keys", &Options::published_keys,
        "keys of a checkpoint; behind the training, the last and the best are also written with these alone");
      f.ignore("file_client_args", "an old key of MMCV");
      f.ignore("backend_args", "checkpoints are local files");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  /// The metrics of the validation must include those of save_best.
  static Facts facts_of(const Options& options);
  CheckpointHook() : CheckpointHook(Options{}) {}
  explicit CheckpointHook(Options options);
  Facts facts() const override { return facts_of(options_); }
  int default_priority() const override { return kVeryLow; }

  void check_metrics(const MetricMap& metrics) const override;
  void before_train(RunPoint& point) override;
  void after_train_epoch(RunPoint& point) override;
  void after_train_iter(TrainIter& point) override;
  void after_train(RunPoint& point) override;
  void after_val_epoch(EvalEnd& point) override;
  void on_stop(StopPoint& point) override;
  void on_signal(StopPoint& point) override;
  void on_exception(ExceptionPoint& point) override;

 private:
  struct Best {
    std::string key;
    bool greater = true;
    std::optional<double> score;
    std::string file;
  };
  std::filesystem::path folder(Runner& runner) const;
  void recall(Runner& runner, Best& best);
  bool is_due(int64_t done, int64_t last) const;
  void request(Runner& runner, int64_t number, bool by_epoch);
  void request_here(Runner& runner);
  void resolve_best(Runner& runner, const MetricMap& metrics);
  void publish(Runner& runner, const std::filesystem::path& file) const;
  void save_if_best(Runner& runner, Best& best, const MetricMap& metrics);
  std::string info_key(const char* name, const Best& best) const;

  Options options_;
  bool by_epoch_ = true;   // of the training
  int64_t interval_ = -1;  // of the training
  std::vector<Best> best_;
  std::vector<std::string> kept_;  // paths, the oldest first
  int64_t saved_iter_ = -1;        // the newest regular save
  bool is_interrupted_ = false;    // by a signal: the training goes on later
};

}  // namespace millrace
