#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/perhaps.h"
#include "millrace/hub/run_context.h"
#include "millrace/runner/hook_list.h"
#include "millrace/runner/run_folder.h"
#include "millrace/runner/run_requests.h"
#include "millrace/runner/run_summary.h"
#include "millrace/runner/run_surroundings.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

class BaseTTAModel;
class DataLoader;
class Evaluator;
class FiniteWatch;
class LogProcessor;
class Logger;
class MessageHub;
class Model;
class OptimSet;
class ParamSchedulers;
class TrainLoop;
class TaskView;
class Visualizer;
enum class Precision;
struct RunnerOptions;
struct RunnerParts;

/// Trains, validates and tests one model.
///
///     RunnerOptions options{.model = std::make_shared<MyNet>(), …};
///     Runner runner(std::move(options));
///     const RunSummary summary = runner.train();
///     const MetricMap metrics = runner.test();
///
/// On several ranks (RunSurroundings::ranks) each has a Runner with equal options. They make the same calls in the same
/// order and decide together on stops, saves and best results. Only the main rank writes files.
///
/// Prints nothing and touches no signal by itself. A Runner is for one thread at a time, and its destructor stops a run
/// in another thread and waits for it. Several may live one after the other, or train at once in several threads, each
/// in a work dir and with instances of its own. Those share what libtorch keeps per process, its default generators too:
/// train() throws Error if one of them has a seed (RunSurroundings::shares_generators).
class Runner {
 public:
  explicit Runner(RunnerOptions options, RunSurroundings surroundings = {});
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Trains to the end, or until a stop; resumes or loads first if the options say so. After a stop or an exception, the
  /// next call goes on from there and repeats no update. Throws Error if the options have no training, and if an
  /// earlier call has trained to the end.
  RunSummary train();
  /// What train() returns, for the run up to now.
  RunSummary summary() const;
  /// What resume() or a checkpoint file needs to continue the run: call it after train(), ended or stopped. Its tensors
  /// are those of the run; checkpoint_content() and State::snapshot() copy them. Every rank makes this call, and only
  /// the main one gets the whole.
  State checkpoint();
  /// Resumes the next train() from a checkpoint in memory, as exactly as from a file; messages call it `name`. Call it
  /// before the first train(), val() or test(). Throws Error if the checkpoint holds only weights.
  void resume(State checkpoint, const std::string& name = "memory");
  /// Evaluates once; empty if stopped before the end. A hook may call them: the network then goes on in the mode that it
  /// was in. Throws Error if the options have no validation (no test).
  MetricMap val();
  MetricMap test();

  /// Adds a hook behind those of the same priority, before train(), val() or test().
  template <class T>
  void add_hook(std::shared_ptr<T> hook) {
    if (hook) Hook::adopt(*hook);
    add_adopted_hook(std::move(hook));
  }

  // For hooks: the loop does what they ask for when all hooks of the point have been called. Other threads ask through
  // RunControl.
  void request_save(SaveRequest request);
  void request_stop(std::string reason);
  /// Writes a file of the run folder, on the main rank, and notes it under a title for the end of the run: ("pictures",
  /// "samples.png", …).
  void write_file(const std::string& title, const std::string& name, const std::string& text);
  /// The titles and paths of what write_file() wrote.
  const std::vector<std::pair<std::string, std::filesystem::path>>& files() const;
  RunResults& results();
  FiniteWatch& finite_watch();

  // What hooks and loops see.
  bool has_train_loop() const;
  TrainLoop& train_loop();
  /// Finished epochs and iterations of the training; 0 before a training is built.
  int64_t epoch() const;
  int64_t iter() const;
  int64_t max_epochs() const;
  int64_t max_iters() const;
  /// Batches of one pass; -1 if the source has no end.
  int64_t loader_length(Mode mode) const;
  DataLoader& loader(Mode mode);
  /// Logs which samples its loaders left out since the last call; every rank makes this call, at the end of a pass.
  void log_left_out(Mode mode);
  bool has_loader(Mode mode) const;
  Evaluator& evaluator(Mode mode);

  Model& model();
  /// Training or evaluation mode of the network, and of the optimizers' weights (Optimizer::train).
  void set_training(bool training);
  Perhaps<OptimSet> optims();             // null before a training is built
  Perhaps<ParamSchedulers> schedulers();  // null before a training is built
  Precision precision() const;
  MessageHub& hub();
  Logger& logger();
  const std::shared_ptr<LogProcessor>& log_processor();
  Visualizer& visualizer();
  /// How people see what the model predicts: from the options, else from the model; null if neither gives one.
  Perhaps<TaskView> task_view();
  /// How a test merges the views of a sample (PrepareTTAHook); null if it does not.
  Perhaps<BaseTTAModel> tta_model();
  void set_tta_model(std::shared_ptr<BaseTTAModel> tta_model);
  HookList& hooks();
  Perhaps<RunControl> control();  // null if the surroundings have none
  RunContext& context();
  const RunnerOptions& options() const;
  const RunSurroundings& surroundings() const;

  const std::filesystem::path& work_dir() const;
  const RunFolder& run_folder() const;
  const std::string& experiment_name() const;
  uint64_t seed() const;
  /// The checkpoint from which this run was resumed; "" if it was not resumed.
  const std::string& resumed_from() const;
  /// Seconds in train() up to now, over all sessions of the run.
  double train_seconds() const;

  /// The validation has this many sets of data more (val_sets).
  size_t val_sets() const;
  /// While it lives, loader() and evaluator() of the validation are those of set `i`.
  class InValSet {
   public:
    InValSet(Runner& runner, size_t i);
    ~InValSet();
    InValSet(const InValSet&) = delete;
    InValSet& operator=(const InValSet&) = delete;
    const std::string& name() const;

   private:
    Runner& runner_;
    size_t set_;
  };

  // For loops; every rank makes these calls.
  RunRequests& requests();
  bool validates() const;
  /// Runs the validation of a training; false if it was stopped before its end.
  bool run_validation();
  /// Call it after a validation and its hooks: notes the result if the validation is part of a training.
  void note_validation(const MetricMap& metrics);
  /// The first weight that is not finite now; "" if all are.
  const std::string& broken_weight() const;

 private:
  void begin(bool training);
  void log_start();
  template <class Body>
  void guarded(Body&& body);
  std::string end_by_failure();
  void refuse_finished() const;
  MetricMap evaluate(Mode mode);
  MetricMap evaluate_within(Mode mode);
  void add_adopted_hook(std::shared_ptr<Hook> hook);

  std::unique_ptr<RunnerParts> parts_;
};

}  // namespace millrace
