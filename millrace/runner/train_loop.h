#pragma once

#include <cstdint>
#include <memory>

#include "millrace/optim/schedulers/param_scheduler.h"
#include "millrace/registry/registry.h"
#include "millrace/runner/progress.h"
#include "millrace/runner/val_schedule.h"

namespace millrace {

class Batch;
class DataLoader;
class FirstSteps;
class LossMap;
class RecomputedParts;
class Runner;

/// The loop of a training. Your own loop derives from this, overrides run() and calls run_iter(batch) for each batch;
/// hooks, saving, signals and validation come with it.
class TrainLoop {
 public:
  static constexpr const char* kKind = "TrainLoop";
  using Registry = millrace::Registry<TrainLoop, Runner&>;
  /// The length of the training, as known before anything is built.
  using Facts = Horizon;
  /// `by_epoch` may replace the type: True means EpochBasedTrainLoop, False IterBasedTrainLoop; both keys together are
  /// a mistake. Without either, `max_epochs` or `max_iters` decides.
  static BoundComponent bind_config(const Value& config, Binder& binder);

  explicit TrainLoop(Runner& runner);
  virtual ~TrainLoop();
  virtual void run() = 0;
  /// Before each run(): what a stop or an exception has left of an earlier one is put in order. An iteration whose
  /// optimizer had stepped when it failed counts; any other is made again.
  void begin_session();

  /// -1 if unknown (a stream without an end).
  virtual int64_t max_epochs() const = 0;
  virtual int64_t max_iters() const = 0;
  virtual bool by_epoch() const = 0;
  /// How often to save where nobody says it: epochs, or iterations where the loop counts those; -1: at the end alone.
  virtual int64_t save_interval() const { return by_epoch() ? 1 : -1; }
  /// Whether nothing is left to train.
  bool is_at_its_end() const;
  const Progress& progress() const { return progress_; }
  Progress& progress() { return progress_; }

  /// What the run is at. Between two steps its state is whole: that of finished iterations.
  enum class Stage { between_steps, in_step, saving };
  Stage stage() const { return stage_; }
  /// A stage for as long as it lives, between two steps; an exception leaves the run in it.
  class InStage {
   public:
    InStage(TrainLoop& loop, Stage stage);
    ~InStage();
    InStage(const InStage&) = delete;
    InStage& operator=(const InStage&) = delete;

   private:
    TrainLoop& loop_;
    int exceptions_;
  };

 protected:
  /// One training step with its hooks; afterwards the batch counts as consumed.
  void run_iter(Batch& batch, int64_t batch_idx);
  /// The next batch of a pass; null at its end. The pass ends on all ranks together: a stream that ends on one of them
  /// ends the pass of all.
  Batch* next_batch(DataLoader& loader);
  /// Call it after the hooks of an iteration or an epoch: writes the requested checkpoints, and lets a stop take
  /// effect, on all ranks if one rank asked for it. `stop_may_end`: whether a stop that a hook requested ends the run
  /// here.
  void serve_requests(bool stop_may_end);
  /// Called when an iteration counts as finished, though one of its hooks may have failed.
  virtual void note_finished_iter() {}
  /// Runs the validation if progress() has one due.
  void validate_if_due();
  /// Whether a signal or a cancel came, or a hook's stop took effect: then the loop returns as soon as it can.
  bool stopping() const { return stopping_; }
  bool interrupted() const { return interrupted_; }

  Runner& runner_;
  Progress progress_;

 private:
  /// One step of the model in the run's precision.
  LossMap step(Batch& batch);
  /// Whether the pass at hand will end in a batch of one sample before the run ends.
  bool a_batch_of_one_will_come() const;

  void count_iter(int64_t rows);
  void back_to_training();
  void warn_of_parts_not_recomputed();

  bool is_first_step_ = true;
  bool has_modes_ = true;  // the model can be in training mode
  bool told_mode_ = false;
  int64_t rows_in_step_ = 0;  // of all ranks
  bool has_looked_ = false;   // at the first steps
  std::unique_ptr<FirstSteps> first_steps_;
  std::unique_ptr<RecomputedParts> recomputed_;  // null: all activations are kept
  bool stopping_ = false;
  bool interrupted_ = false;
  Stage stage_ = Stage::between_steps;
};

/// Trains for a number of passes over the data.
class EpochBasedTrainLoop final : public TrainLoop {
 public:
  struct Options {
    Required<int64_t> max_epochs;
    ValSchedule::Options validation{};

    template <class Fields>
    static void describe(Fields& f) {
      f("max_epochs", &Options::max_epochs, "passes over the data").at_least(0);
      f.flatten(&Options::validation);
    }
  };
  EpochBasedTrainLoop(Runner& runner, Options options);
  static Horizon facts_of(const Options& options) { return {.max_epochs = *options.max_epochs}; }
  void run() override;
  int64_t max_epochs() const override { return options_.max_epochs; }
  int64_t max_iters() const override;
  bool by_epoch() const override { return true; }

 private:
  bool run_epoch();
  void end_epoch();
  Options options_;
  ValSchedule schedule_;
};

/// Trains for a number of iterations; the data restart as often as needed. The constructor takes one number from the
/// default generator, as MMEngine's does before the weights are initialised.
class IterBasedTrainLoop final : public TrainLoop {
 public:
  struct Options {
    Required<int64_t> max_iters;
    ValSchedule::Options validation{.val_interval = 1000};

    template <class Fields>
    static void describe(Fields& f) {
      f("max_iters", &Options::max_iters, "iterations").at_least(0);
      f.flatten(&Options::validation);
    }
  };
  IterBasedTrainLoop(Runner& runner, Options options);
  static Horizon facts_of(const Options& options) { return {.max_epochs = 1, .max_iters = *options.max_iters}; }
  void run() override;
  int64_t max_epochs() const override { return 1; }
  int64_t max_iters() const override { return options_.max_iters; }
  bool by_epoch() const override { return false; }
  int64_t save_interval() const override { return options_.validation.val_interval; }

 private:
  void note_finished_iter() override;
  Options options_;
  ValSchedule schedule_;
};

}  // namespace millrace
