#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/checkpoint/averages.h"
#include "millrace/checkpoint/weights_match.h"
#include "millrace/data/loader_part.h"
#include "millrace/eval/metric.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_scheduler.h"
#include "millrace/registry/component.h"
#include "millrace/runner/auto_scale_lr.h"
#include "millrace/runner/default_hooks.h"
#include "millrace/runner/env_cfg.h"
#include "millrace/runner/eval_loop.h"
#include "millrace/runner/evaluator_config.h"
#include "millrace/runner/log_processor.h"
#include "millrace/runner/named_components.h"
#include "millrace/runner/randomness.h"
#include "millrace/runner/train_loop.h"
#include "millrace/runner/val_set.h"
#include "millrace/tensor/precision.h"
#include "millrace/vis/task_view.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

/// The options of a whole run: the top level of a config, or filled in by a program. Each component is a config, a
/// class with its options, or an instance (see Component).
struct RunnerOptions {
  Required<Component<Model>> model;
  std::string work_dir = "work_dirs/run";

  LoaderPart train_dataloader{};
  LoaderPart val_dataloader{};
  LoaderPart test_dataloader{};
  Component<TrainLoop> train_cfg{};
  Component<ValLoop> val_cfg{};
  Component<TestLoop> test_cfg{};
  EvaluatorConfig val_evaluator{};
  EvaluatorConfig test_evaluator{};
  std::map<std::string, ValSet> val_sets{};

  Named<OptimWrapper> optim_wrapper{};
  Named<ParamScheduler> param_scheduler{};
  AutoScaleLr auto_scale_lr{};
  std::optional<Precision> precision;
  bool channels_last = false;
  std::vector<std::string> activation_checkpointing{};

  DefaultHooks default_hooks{};
  std::vector<Component<Hook>> custom_hooks{};

  std::optional<std::string> load_from;
  std::optional<WeightSet> load_weights;
  bool load_strict = true;
  std::vector<ReviseKey> load_revise_keys{};
  std::variant<bool, std::string> resume = false;
  Randomness randomness{};

  Component<LogProcessor> log_processor{};
  Component<Visualizer> visualizer{};
  Component<TaskView> task_view{};
  std::string log_level = "INFO";
  std::optional<std::string> experiment_name;
  std::optional<std::string> default_scope;
  std::string device = "cpu";
  std::optional<int64_t> limit_batches;
  int64_t sanity_val_batches = 2;
  EnvCfg env_cfg{};

  template <class Fields>
  static void describe(Fields& f) {
    using O = RunnerOptions;
    f("model", &O::model, "the network");
    f("work_dir", &O::work_dir, "folder for checkpoints and run folders").not_empty();
    f("train_dataloader", &O::train_dataloader, "data to train on");
    f("val_dataloader", &O::val_dataloader, "data to validate on");
    f("test_dataloader", &O::test_dataloader, "data to test on");
    f("train_cfg", &O::train_cfg, "the training loop");
    f("val_cfg", &O::val_cfg, "the validation loop");
    f("test_cfg", &O::test_cfg, "the test loop");
    f("val_evaluator", &O::val_evaluator, "metrics of a validation");
    f("test_evaluator", &O::test_evaluator, "metrics of a test");
    f("val_sets", &O::val_sets,
      "more data to validate on, by name, each with its metrics: {name: {dataloader, evaluator}}");
    f("optim_wrapper", &O::optim_wrapper, "the optimizer and how it is stepped; a dict of names for several");
    f("param_scheduler", &O::param_scheduler, "schedules of lr and others, in the order in which they act");
    f("auto_scale_lr", &O::auto_scale_lr, "linear scaling of the lr with the batch size");
    f("precision", &O::precision, "of forward passes: fp32, bf16 or fp16");
    f("channels_last", &O::channels_last, "keep images and convolution weights channels last in memory");
    f("activation_checkpointing", &O::activation_checkpointing,
      "paths of parts of the network that the backward pass computes again, which saves memory");
    f("default_hooks", &O::default_hooks, "changes to the hooks that every run has, by name");
    f("custom_hooks", &O::custom_hooks, "more hooks");
    f("load_from", &O::load_from, "checkpoint to take weights from; with resume, the checkpoint to resume");
    f("load_weights", &O::load_weights,
      "of a load_from with averages (EMA): averaged or trained; None: averaged, where it has any");
    f("load_strict", &O::load_strict,
      "refuse a load_from with tensors of other shapes; False keeps those as initialised");
    f("load_revise_keys", &O::load_revise_keys,
      "pairs (pattern, replacement) that make the names in load_from those of the model");
    f("resume", &O::resume,
      "True: resume from load_from, or else the newest checkpoint of work_dir; a path: from that file");
    f("randomness", &O::randomness, "seeds");
    f("log_processor", &O::log_processor, "how log lines are put together");
    f("visualizer", &O::visualizer, "where records go");
    f("task_view", &O::task_view, "how to show predictions; None: the model decides");
    f("log_level", &O::log_level, "DEBUG, INFO, WARNING or ERROR");
    f("experiment_name", &O::experiment_name, "name of the run in the log; None: that of the config file");
    f("default_scope", &O::default_scope, "library in which bare names are looked up first");
    f("device", &O::device, "cpu, cuda or cuda:N").not_empty();
    f("limit_batches", &O::limit_batches, "the most batches of a pass").at_least(1);
    f("sanity_val_batches", &O::sanity_val_batches,
      "batches of the validation to try before the first step, so that it does not fail after the first epoch; 0: none")
        .at_least(0);
    f("env_cfg", &O::env_cfg, "settings of the process");
    f.ignore("data_preprocessor", "becomes model.data_preprocessor");
    f.ignore("launcher", "one process");
    f.ignore("runner_type", "there is one Runner");
    f.ignore("custom_imports", "components are C++ classes that the program links");
    f.ignore("model_wrapper_cfg", "models are never wrapped");
    f.ignore("find_unused_parameters", "a setting of distributed training");
    f.ignore("sync_bn", "a setting of distributed training");
    f.ignore("compile", "there is no graph compiler");
    f.ignore("resume_from", "an old name: use load_from with resume");
    f.ignore("workflow", "an old key of MMCV");
    f.ignore("mp_cfg", "settings of Python's processes");
    f.ignore("dist_params", "an old key of MMCV");
    f.ignore("opencv_num_threads", "OpenCV uses one thread per worker");
    f.ignore("cudnn_benchmark", "an old key of MMCV");
    f.ignore("gpu_ids", "an old key of MMCV");
    f.ignore("tta_model", "for `millrace test --tta` alone: how the views of a sample are merged");
  }
  /// Refuses an incomplete training (a loader without a loop), and parts that do not fit together (run_rules.h).
  static void check(const RunnerOptions& options, Complaints& complaints);
};

/// The top level of a config, under the name "the config".
const Schema& run_schema();
/// Checks and completes options from C++, as `checked` does for a component: throws one Error with all mistakes.
RunnerOptions checked_run(RunnerOptions options);

}  // namespace millrace
