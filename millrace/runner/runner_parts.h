#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/mode.h"
#include "millrace/hub/run_context.h"
#include "millrace/io/kept_file.h"
#include "millrace/io/new_folders.h"
#include "millrace/log/notice.h"
#include "millrace/runner/finite_watch.h"
#include "millrace/runner/hook_list.h"
#include "millrace/runner/live_training.h"
#include "millrace/runner/resume.h"
#include "millrace/runner/run_folder.h"
#include "millrace/runner/run_requests.h"
#include "millrace/runner/run_summary.h"
#include "millrace/runner/run_surroundings.h"
#include "millrace/runner/run_use.h"
#include "millrace/tensor/precision.h"

namespace millrace {

class BaseTTAModel;
class DataLoader;
class EvalLoop;
class Evaluator;
class LoaderPart;
class LogProcessor;
class Logger;
class MessageHub;
class Model;
class OptimObserver;
class OptimSet;
class ParamSchedulers;
class SingleRank;
class TaskView;
class TrainLoop;
class Visualizer;
struct RunnerOptions;
template <class Base>
class Component;

/// Whether the options ask for a resume; there may be nothing to resume from.
bool wants_resume(const RunnerOptions& options);

/// What a Runner keeps: its options, the parts built from them, and its state. Only the Runner uses it.
///
/// The constructor makes the parts that every run has, and the run folder. Loaders, optimizers, schedules, evaluators
/// and loops are built when they are first needed, so an evaluation builds no optimizer.
struct RunnerParts {
  RunnerParts(RunnerOptions options, RunSurroundings surroundings);
  ~RunnerParts();
  void build_training(Runner& runner);
  void build_eval(Runner& runner, Mode mode);
  /// The data follow the names of those that the weights of `file` were trained on, if it has any. `tolerated`: they may
  /// have others, and a line of that level says so; nothing: others are an error.
  void take_names(State data_meta, const std::string& file, std::optional<LogLevel> tolerated = {});
  /// Gives classes and features the places that they have for the weights: training data follow the checkpoint, other
  /// data the training data or, without any, the checkpoint.
  void follow_names();
  /// Exchanges the loader and the evaluator of the validation with those of one of val_sets.
  void exchange_val_set(size_t i);
  /// "val_dataloader", or "val_sets.night" while the validation goes over that set.
  std::string loader_name(Mode mode) const;
  /// Batches of one pass; -1 if the source has no end, 0 before the loader is built.
  int64_t loader_length(Mode mode) const;

  const std::shared_ptr<RunUse> use = std::make_shared<RunUse>();
  std::unique_ptr<RunnerOptions> options;
  RunSurroundings surroundings;
  std::filesystem::path work_dir;
  std::string experiment_name;
  uint64_t seed = 0;
  Precision precision{};

  std::unique_ptr<SingleRank> alone;  // if the surroundings have no ranks
  std::unique_ptr<MessageHub> hub;
  std::unique_ptr<Logger> logger;
  std::unique_ptr<RunContext> context;
  std::unique_ptr<io::NewFolders> new_folders;  // outlives the run folder
  std::optional<RunFolder> run_folder;
  std::optional<RunRequests> requests;
  HookList hooks;
  std::shared_ptr<LogProcessor> log_processor;
  std::shared_ptr<Visualizer> visualizer;
  std::shared_ptr<TaskView> task_view;
  std::shared_ptr<BaseTTAModel> tta_model;

  std::shared_ptr<Model> model;
  std::unique_ptr<OptimObserver> optim_observer;
  std::unique_ptr<OptimSet> optims;
  std::unique_ptr<ParamSchedulers> schedulers;
  std::shared_ptr<DataLoader> loaders[3];    // by Mode
  std::unique_ptr<Evaluator> evaluators[3];  // by Mode
  struct ValSetParts {
    std::string name;
    std::shared_ptr<DataLoader> loader;
    std::unique_ptr<Evaluator> evaluator;
  };
  std::vector<ValSetParts> val_sets;
  std::optional<size_t> val_set_at_hand;  // whose parts are exchanged with those of the validation
  std::shared_ptr<TrainLoop> train_loop;
  std::shared_ptr<EvalLoop> val_loop, test_loop;

  std::optional<ResumePoint> resume_point;  // until the run is restored
  std::string resumed_from;
  State trained_meta;  // of the data of the weights that were loaded; none without them
  std::string trained_file;
  bool is_loaded = false;
  bool start_is_logged = false;
  bool is_training = false;               // its loop runs, or the hooks behind it
  bool has_trained = false;               // a call of train() has come to its first step
  bool has_finished = false;              // a call of train() has trained to the end
  bool has_worked = false;                // a step of the training, or an evaluation
  bool is_refused = false;                // without work it leaves nothing behind
  std::vector<io::KeptFile> overwritten;  // given back if the run is refused
  int64_t first_iter = 0;                 // of the session
  double session_start = -1;              // seconds of the steady clock; -1 outside train()
  RunResults results;
  FiniteWatch finite_watch;
  std::vector<std::pair<std::string, std::filesystem::path>> files;  // what write_file() wrote

  LiveTraining::Facts live_facts() const;

 private:
  void note_instances();
  void add_built_hook(const Component<Hook>& component);
  void open_run_folder();
  void keep_records();
  void fill_run_folder();
  void build_loader(Mode mode);
  std::shared_ptr<DataLoader> made_loader(const LoaderPart& part, Mode mode) const;
  void build_val_sets();
  void follow_names_of(DataLoader& loader, Mode mode, const std::string& own_name);
  void remove_run_folder();
  void follow_checkpoint(DataLoader& loader, const std::string& own_name);
};

}  // namespace millrace
