#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/hub/run_context.h"
#include "millrace/runner/hook_list.h"
#include "millrace/runner/progress.h"
#include "millrace/runner/resume.h"
#include "millrace/runner/run_folder.h"
#include "millrace/runner/run_summary.h"
#include "millrace/runner/run_surroundings.h"
#include "millrace/runner/save.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

class DataLoader;
class EvalLoop;
class Evaluator;
class LogProcessor;
class Logger;
class MessageHub;
class Model;
class OptimObserver;
class OptimSet;
class ParamSchedulers;
class SingleRank;
class TrainLoop;
class TaskView;
class Visualizer;
enum class Precision;
struct RunnerOptions;
template <class Base>
class Component;

/// Trains, validates and tests one model.
///
///     RunnerOptions options{.model = std::make_shared<MyNet>(), …};
///     Runner runner(std::move(options));
///     const RunSummary summary = runner.train();
///     const MetricMap metrics = runner.test();
///
/// Of several ranks (RunSurroundings::ranks) each has a Runner of equal options. They make the same calls in the same
/// order and decide together on stops, saves and bests; the main one alone writes.
///
/// Prints nothing and touches no signal by itself. One thread at a time; several Runners may live one after the other,
/// or in several threads if nobody changes what libtorch keeps per process.
class Runner {
 public:
  explicit Runner(RunnerOptions options, RunSurroundings surroundings = {});
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Trains to the end, or until a stop; resumes or loads first if the options say so. Throws Error if the options have
  /// no training.
  RunSummary train();
  /// The same of what was trained up to now.
  RunSummary summary() const;
  /// What a run goes on from, as a checkpoint file holds it: after train(), ended or stopped. Its tensors are the run's
  /// own; checkpoint_content() and State::snapshot() copy them. Of several ranks, every one makes this call, and what
  /// the main one gets is whole.
  State checkpoint();
  /// The next train() goes on from a checkpoint that is no file, `name` in messages; exactly, as from a file. Before
  /// the first train(), val() or test(). Throws Error if it holds weights alone.
  void resume(State checkpoint, const std::string& name = "memory");
  /// Evaluates once; empty if stopped before the end. Throws Error if the options have no validation (no test).
  MetricMap val();
  MetricMap test();

  /// Behind the hooks of the same priority.
  template <class T>
  void add_hook(std::shared_ptr<T> hook) {
    Hook::adopt(*hook);
    hooks_.add(std::move(hook));
  }

  // For hooks: what they ask for is done by the loop when all hooks of the point have been called.
  void request_save(SaveRequest request) { save_requests_.push_back(std::move(request)); }
  void request_stop(std::string reason);
  bool stop_requested() const { return !stop_request_.empty(); }
  /// Writes a file of the run folder, on the main rank, and notes it under a title for the end of the run: ("pictures",
  /// "samples.png", …).
  void write_file(const std::string& title, const std::string& name, const std::string& text);
  /// The titles and paths of what write_file() wrote.
  const std::vector<std::pair<std::string, std::filesystem::path>>& files() const { return files_; }
  RunResults& results() { return results_; }

  // What hooks and loops see.
  bool has_train_loop() const { return train_loop_ != nullptr; }
  TrainLoop& train_loop() { return *train_loop_; }
  /// Finished epochs and iterations of the training; 0 where there is none.
  int64_t epoch() const;
  int64_t iter() const;
  int64_t max_epochs() const;
  int64_t max_iters() const;
  /// Batches of one pass; -1 if the source has no end.
  int64_t loader_length(Mode mode) const;
  DataLoader& loader(Mode mode);
  bool has_loader(Mode mode) const { return loaders_[static_cast<int>(mode)] != nullptr; }
  Evaluator& evaluator(Mode mode);

  Model& model() { return *model_; }
  /// Training or evaluation mode of the network, and of the optimizers' weights (Optimizer::train).
  void set_training(bool training);
  OptimSet* optims() { return optims_.get(); }                 // null before a training is built
  ParamSchedulers* schedulers() { return schedulers_.get(); }  // null before a training is built
  Precision precision() const { return precision_; }
  MessageHub& hub() { return *hub_; }
  Logger& logger() { return *logger_; }
  const std::shared_ptr<LogProcessor>& log_processor() { return log_processor_; }
  Visualizer& visualizer() { return *visualizer_; }
  /// How people see what the model predicts: as the options say, else as the model does; null where nobody knows.
  TaskView* task_view() { return task_view_.get(); }
  HookList& hooks() { return hooks_; }
  RunControl* control() { return surroundings_.control; }
  RunContext& context() { return *context_; }
  const RunnerOptions& options() const { return *options_; }
  const RunSurroundings& surroundings() const { return surroundings_; }

  const std::filesystem::path& work_dir() const { return work_dir_; }
  const RunFolder& run_folder() const { return *run_folder_; }
  const std::string& experiment_name() const { return experiment_name_; }
  uint64_t seed() const { return seed_; }
  /// The checkpoint that this run goes on from; "" if it began at the beginning.
  const std::string& resumed_from() const { return resumed_from_; }
  /// Seconds in train() up to now, over all sessions of the run.
  double train_seconds() const;

  // For loops; every rank makes these calls.
  /// Why the run should stop: a signal's number or RunControl::kCancel, if one of the ranks has it; 0 if none has.
  int agreed_stop();
  /// Whether a hook of any rank has asked for a stop; then it is asked for on all.
  bool agreed_stop_request();
  bool has_save_requests() const { return !save_requests_.empty(); }
  /// The loop takes what hooks of this rank asked for.
  std::vector<SaveRequest> take_save_requests();
  bool validates() const;
  /// Runs the validation of a training; false if it was stopped before its end.
  bool run_validation();
  /// A validation has ended and its hooks have been called: notes the result, if it is one of a training.
  void note_validation(const MetricMap& metrics);

 private:
  friend void restore_run(Runner& runner, ResumePoint& point);
  void open_run_folder();
  void add_built_hook(const Component<Hook>& component);
  void build_loader(Mode mode);
  void build_training();
  void build_eval(Mode mode);
  void begin(bool training);
  void log_start();
  void check_equal_passes();
  template <class Body>
  void guarded(Body&& body);
  MetricMap evaluate(Mode mode);

  std::unique_ptr<RunnerOptions> options_;
  RunSurroundings surroundings_;
  std::filesystem::path work_dir_;
  std::string experiment_name_;
  uint64_t seed_ = 0;
  Precision precision_{};
  std::optional<ResumePoint> resume_point_;
  std::string resumed_from_;
  bool loaded_ = false;
  bool start_logged_ = false;
  std::string stop_request_;   // the reason that a hook gave; "" if none has asked
  int stop_reason_ = 0;        // what agreed_stop() gave
  int64_t first_iter_ = 0;     // of the session
  double session_start_ = -1;  // seconds of the steady clock; -1 outside train()

  std::unique_ptr<SingleRank> alone_;  // where nobody gave ranks
  std::optional<RunFolder> run_folder_;
  std::unique_ptr<MessageHub> hub_;
  std::unique_ptr<Logger> logger_;
  std::unique_ptr<RunContext> context_;
  std::shared_ptr<LogProcessor> log_processor_;
  std::shared_ptr<Visualizer> visualizer_;
  std::shared_ptr<TaskView> task_view_;
  HookList hooks_;
  std::vector<SaveRequest> save_requests_;
  RunResults results_;
  std::vector<std::pair<std::string, std::filesystem::path>> files_;  // what write_file() wrote

  std::shared_ptr<Model> model_;
  std::unique_ptr<OptimObserver> optim_observer_;
  std::unique_ptr<OptimSet> optims_;
  std::unique_ptr<ParamSchedulers> schedulers_;
  std::shared_ptr<DataLoader> loaders_[3];
  std::unique_ptr<Evaluator> evaluators_[3];
  std::shared_ptr<TrainLoop> train_loop_;
  std::shared_ptr<EvalLoop> val_loop_, test_loop_;
};

}  // namespace millrace
