#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "tests/support/misuse.h"
#include "tests/support/ranked_runs.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using Change = std::function<void(RunnerOptions&)>;

/// A short training with a validation, in a folder of its own.
class Run {
 public:
  explicit Run(const Change& change = {}, RunControl* control = nullptr) {
    RunnerOptions options = line_options(folder_.path());
    if (change) change(options);
    RunSurroundings surroundings;
    surroundings.control = control;
    surroundings.shares_generators = true;  // what is tried here is the rest
    runner = std::make_unique<Runner>(std::move(options), std::move(surroundings));
  }

 private:
  ScratchFolder folder_;

 public:
  std::unique_ptr<Runner> runner;
};

void train(const Change& change) { Run(change).runner->train(); }
void train_with(std::shared_ptr<Hook> hook) {
  Run run;
  run.runner->add_hook(std::move(hook));
  run.runner->train();
}

/// Calls a function at a point.
template <auto Point>
class At;
#define AT_POINT(point, Context)                                                \
  template <>                                                                   \
  class At<&Hook::point> final : public Hook {                                  \
   public:                                                                      \
    explicit At(std::function<void(Context&)> call) : call_(std::move(call)) {} \
    void point(Context& at) override { call_(at); }                             \
                                                                                \
   private:                                                                     \
    std::function<void(Context&)> call_;                                        \
  };
AT_POINT(before_run, RunPoint)
AT_POINT(after_run, RunPoint)
AT_POINT(before_train, RunPoint)
AT_POINT(before_train_iter, TrainIter)
AT_POINT(after_train_iter, TrainIter)
AT_POINT(before_val_iter, EvalIter)
AT_POINT(before_iter, IterPoint)
AT_POINT(after_iter, IterPoint)
AT_POINT(after_val_epoch, EvalEnd)
AT_POINT(before_save_checkpoint, CheckpointPoint)
AT_POINT(on_exception, ExceptionPoint)
#undef AT_POINT

template <auto Point, class Call>
void train_and_call(Call call) {
  Run run;
  run.runner->add_hook(std::make_shared<At<Point>>(call));
  run.runner->train();
}

/// A training in another thread that stands in its first iteration until it is let go.
class Standing {
 public:
  explicit Standing(Runner& runner) {
    runner.add_hook(std::make_shared<At<&Hook::after_train_iter>>([this](TrainIter&) {
      if (!has_begun_.exchange(true)) begun_.set_value(), go_.get_future().wait();
    }));
    thread_ = std::thread([this, &runner] {
      try {
        runner.train();
      } catch (...) {
        error = std::current_exception();
      }
    });
    begun_.get_future().wait();
  }
  ~Standing() { end(); }
  void go() { go_.set_value(), is_gone_ = true; }
  void end() {
    if (!is_gone_) go();
    if (thread_.joinable()) thread_.join();
  }
  std::exception_ptr error;

 private:
  std::atomic<bool> has_begun_{false};
  std::promise<void> begun_, go_;
  bool is_gone_ = false;
  std::thread thread_;
};

/// While a training stands in another thread.
template <class Call>
void meanwhile(Call call) {
  Run run;
  Standing other(*run.runner);
  call(*run.runner);
}

[[maybe_unused]] const bool kOfThreads = add_misuses(
    "MisuseOfThreads",
    {{"TrainInTwo", "train() while train() of the same Runner runs in another thread",
      [] { meanwhile([](Runner& runner) { runner.train(); }); }},
     {"ValBesideTrain", "val() while train()", [] { meanwhile([](Runner& runner) { runner.val(); }); }},
     {"CheckpointBesideTrain", "checkpoint() while train()",
      [] { meanwhile([](Runner& runner) { runner.checkpoint(); }); }},
     {"ResumeBesideTrain", "resume() while train()", [] { meanwhile([](Runner& runner) { runner.resume(State()); }); }},
     {"SummaryBesideTrain", "summary() while train()", [] { meanwhile([](Runner& runner) { runner.summary(); }); }},
     {"AddHookBesideTrain", "add_hook() while train() runs",
      [] { meanwhile([](Runner& runner) { runner.add_hook(std::make_shared<CallHook>([](TrainIter&) {})); }); }},
     {"StopBesideTrain", "request_stop() while train()",
      [] { meanwhile([](Runner& runner) { runner.request_stop("x"); }); }},
     {"SaveBesideTrain", "request_save() while train()",
      [] { meanwhile([](Runner& runner) { runner.request_save({}); }); }},
     {"WriteFileBesideTrain", "write_file() while train()",
      [] { meanwhile([](Runner& runner) { runner.write_file("a", "b.txt", "c"); }); }},
     {"ManyTrainAtOnce", "",
      [] {
        Run run;
        std::atomic<int> done{0}, refused{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
          threads.emplace_back([&] {
            try {
              run.runner->train();
              ++done;
            } catch (const Error&) {
              ++refused;
            }
          });
        for (std::thread& thread : threads) thread.join();
        if (done + refused != 4 || done == 0) throw std::logic_error("one of them trains");
      }},
     {"ARunnerIsDestroyedWhileItTrains", "",
      [] {
        Run run([](RunnerOptions& o) { o.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 1'000'000}); });
        auto other = std::make_unique<Standing>(*run.runner);
        other->go();
        run.runner.reset();  // stops it and waits
        other->end();
        if (other->error) std::rethrow_exception(other->error);
      }},
     {"ARunnerIsDestroyedBeforeItsFirstStepEnds", "",
      [] {
        Run run([](RunnerOptions& o) { o.train_cfg = use<IterBasedTrainLoop>({.max_iters = 1'000'000'000}); });
        Standing other(*run.runner);
        std::thread destroyer([&] { run.runner.reset(); });
        other.go();
        destroyer.join();
      }},
     {"OneModelInTwoRunners", "the model is used by another Runner",
      [] {
        auto net = std::make_shared<LineNet>();
        const auto with_net = [&](RunnerOptions& o) { o.model = net; };
        Run run(with_net), second(with_net);
        Standing other(*run.runner);
        second.runner->train();
      }},
     {"OneModelInAllRanks", "the model is used by another Runner",
      [] {
        const ScratchFolder folder;
        auto net = std::make_shared<LineNet>();
        run_ranks(
            2,
            [&](int) {
              RunnerOptions options = line_options(folder.path());
              options.model = net;
              return options;
            },
            [](Runner& runner, int) { runner.train(); });
      }},
     {"OneMetricInTwoRunners", "a metric is used by another Runner",
      [] {
        auto metric = std::make_shared<RowsMetric>();
        const auto with = [&](RunnerOptions& o) { o.val_evaluator = {Component<Metric>(metric)}; };
        Run run(with), second(with);
        Standing other(*run.runner);
        second.runner->val();
      }},
     {"OneLoaderInTwoRunners", "train_dataloader is used by another Runner",
      [] {
        auto loader = std::make_shared<DataLoader>(points(12));
        const auto with = [&](RunnerOptions& o) { o.train_dataloader = loader; };
        Run run(with), second(with);
        Standing other(*run.runner);
        second.runner->train();
      }},
     {"TwoRunnersOfTheirOwn", "",
      [] {
        Run run, second;
        Standing other(*run.runner);
        second.runner->train();
      }},
     {"ANoGradThread", "grad", [] {
        const at::NoGradGuard no_grad;
        train({});
      }}});

[[maybe_unused]] const bool kOfReentry = add_misuses(
    "MisuseOfReentry",
    {{"TrainInAHook", "train() within train() of the same Runner",
      [] { train_and_call<&Hook::after_train_iter>([](TrainIter& at) { at.runner.train(); }); }},
     {"TrainInAHookOfVal", "train() within val()",
      [] { train_and_call<&Hook::before_val_iter>([](EvalIter& at) { at.runner.train(); }); }},
     {"ValInAHookOfTrain", "", [] { train_and_call<&Hook::after_train_iter>([](TrainIter& at) { at.runner.val(); }); }},
     {"ValInAHookOfVal", "val() within val()",
      [] { train_and_call<&Hook::before_val_iter>([](EvalIter& at) { at.runner.val(); }); }},
     {"CheckpointInAHookOfCheckpoint", "checkpoint() within checkpoint()",
      [] { train_and_call<&Hook::before_save_checkpoint>([](CheckpointPoint& at) { at.runner.checkpoint(); }); }},
     {"ResumeInAHook", "resume() within train()",
      [] { train_and_call<&Hook::after_train_iter>([](TrainIter& at) { at.runner.resume(State()); }); }},
     {"ResumeAfterTrain", "resume() after the run has begun",
      [] {
        Run run;
        run.runner->train();
        run.runner->resume(run.runner->checkpoint());
      }},
     {"AddHookInAHook", "add_hook() while train() runs",
      [] {
        train_and_call<&Hook::after_train_iter>(
            [](TrainIter& at) { at.runner.add_hook(std::make_shared<CallHook>([](TrainIter&) {})); });
      }},
     {"AddToTheListInAHook", "a hook can't be added in a point of a hook",
      [] {
        train_and_call<&Hook::after_train_iter>(
            [](TrainIter& at) { at.runner.hooks().add(std::make_shared<CallHook>([](TrainIter&) {})); });
      }},
     {"AnotherRunnerInAHook", "",
      [] { train_and_call<&Hook::before_train>([](RunPoint&) { Run().runner->train(); }); }},
     {"StopsInEveryPoint", "",
      [] { train_and_call<&Hook::before_iter>([](IterPoint& at) { at.runner.request_stop(""); }); }},
     {"ASaveWithoutAPath", "a save needs a path",
      [] { train_and_call<&Hook::after_train_iter>([](TrainIter& at) { at.runner.request_save({}); }); }},
     {"TrainsAgainAfterAnError", "", [] {
        Run run;
        bool has_thrown = false;
        run.runner->add_hook(std::make_shared<CallHook>([&](TrainIter&) {
          if (!std::exchange(has_thrown, true)) throw Error("once");
        }));
        try {
          run.runner->train();
        } catch (const Error&) {
        }
        run.runner->train();
      }}});

[[maybe_unused]] const bool kOfPoints = add_misuses(
    "MisuseOfPoints",
    {{"LossesBeforeTheStep", "after_train_iter has them",
      [] { train_and_call<&Hook::before_train_iter>([](TrainIter& at) { at.losses->total(); }); }},
     {"LossesBeforeTheStepInTheGenericPoint", "after_train_iter has them",
      [] { train_and_call<&Hook::before_iter>([](IterPoint& at) { at.losses->total(); }); }},
     {"LossesOfAValidation", "after_train_iter has them",
      [] {
        train_and_call<&Hook::after_iter>([](IterPoint& at) {
          if (at.mode == Mode::val) static_cast<void>((*at.losses).total());
        });
      }},
     {"PredictionsBeforeTheStep", "the batch has no 'prediction'",
      [] { train_and_call<&Hook::before_val_iter>([](EvalIter& at) { at.batch.tensor(kLinePrediction); }); }},
     {"OptimizersBeforeTrain", "there are no optimizers yet: train() builds them",
      [] { Run().runner->optims()->only(); }},
     {"SchedulersBeforeTrain", "there are no schedulers yet", [] { Run().runner->schedulers()->size(); }},
     {"LoopBeforeTrain", "there is no train loop yet", [] { Run().runner->train_loop(); }},
     {"LoaderBeforeTrain", "there is no loader of train yet: train() builds it",
      [] { Run().runner->loader(Mode::train); }},
     {"LoaderOfNoTest", "test() builds it", [] { Run().runner->loader(Mode::test); }},
     {"EvaluatorBeforeVal", "there is no evaluator of val yet", [] { Run().runner->evaluator(Mode::val); }},
     {"TaskViewOfNobody", "there is no task view", [] { static_cast<void>(*Run().runner->task_view()); }},
     {"ControlOfNobody", "there is no RunControl", [] { Run().runner->control()->stop(); }},
     {"CheckpointBeforeTrain", "no checkpoint before a training", [] { Run().runner->checkpoint(); }},
     {"RunValidationBeforeTrain", "run_validation()", [] { Run().runner->run_validation(); }},
     {"TestWithoutATest", "there is no test", [] { Run().runner->test(); }},
     {"SummaryBeforeTrain", "", [] { Run().runner->summary(); }},
     {"ABatchThatAHookEmptied", "the batch has no 'truth'; it has: nothing",
      [] { train_and_call<&Hook::before_train_iter>([](TrainIter& at) { at.batch = Batch(); }); }},
     {"ACheckpointThatAHookEmptied", "",
      [] { train_and_call<&Hook::before_save_checkpoint>([](CheckpointPoint& at) { at.checkpoint = State(); }); }}});

template <auto Point>
void throw_in(const std::function<void()>& thrower) {
  train_and_call<Point>([&](auto&) { thrower(); });
}

[[maybe_unused]] const bool kOfExceptions = add_misuses(
    "MisuseOfExceptions",
    {{"BeforeRun", "in before_run", [] { throw_in<&Hook::before_run>([] { throw Error("x"); }); }},
     {"AfterRun", "in after_run", [] { throw_in<&Hook::after_run>([] { throw Error("x"); }); }},
     {"BeforeTrain", "in before_train", [] { throw_in<&Hook::before_train>([] { throw Error("x"); }); }},
     {"BeforeIter", "in before_train_iter", [] { throw_in<&Hook::before_train_iter>([] { throw Error("x"); }); }},
     {"AfterIter", "in after_train_iter", [] { throw_in<&Hook::after_train_iter>([] { throw Error("x"); }); }},
     {"BeforeValIter", "in before_val_iter", [] { throw_in<&Hook::before_val_iter>([] { throw Error("x"); }); }},
     {"AfterValEpoch", "in after_val_epoch", [] { throw_in<&Hook::after_val_epoch>([] { throw Error("x"); }); }},
     {"BeforeSave", "in before_save_checkpoint",
      [] { throw_in<&Hook::before_save_checkpoint>([] { throw Error("x"); }); }},
     {"InOnExceptionToo", "first",
      [] {
        Run run;
        run.runner->add_hook(std::make_shared<At<&Hook::on_exception>>([](ExceptionPoint&) { throw Error("second"); }));
        run.runner->add_hook(std::make_shared<CallHook>([](TrainIter&) { throw Error("first"); }));
        run.runner->train();
      }},
     {"ANumberIsThrown", "",
      [] {
        try {
          throw_in<&Hook::after_train_iter>([] { throw 42; });  // NOLINT: what a user may do
        } catch (int) {
          return;
        }
        throw std::logic_error("the user's own exception passes through");
      }},
     {"TheCallbackOfProgressThrows", "told",
      [] {
        RunControl control;
        control.on_progress = [](const RunStatus&) { throw Error("told"); };
        Run run({}, &control);
        run.runner->train();
      }},
     {"TheEndOfASaveThrows", "saved", [] {
        const ScratchFolder folder;
        train_and_call<&Hook::after_train_iter>([&](TrainIter& at) {
          at.runner.request_save({.path = folder / "a.pth", .then = [] { throw Error("saved"); }});
        });
      }}});

template <class T>
const std::shared_ptr<T> kNull;

[[maybe_unused]] const bool kOfNull = add_misuses(
    "MisuseOfNull",
    {{"Hook", "a hook to add is a null pointer", [] { Run().runner->add_hook(kNull<CallHook>); }},
     {"Model", "model: a null pointer where a Model is needed",
      [] { train([](auto& o) { o.model = kNull<LineNet>; }); }},
     {"Metric", "val_evaluator.0: a null pointer where a Metric",
      [] { train([](auto& o) { o.val_evaluator = {Component<Metric>(kNull<RowsMetric>)}; }); }},
     {"CustomHook", "custom_hooks.0: a null pointer where a Hook",
      [] { train([](auto& o) { o.custom_hooks = {kNull<CallHook>}; }); }},
     {"DefaultHook", "default_hooks.timer: a null pointer",
      [] { train([](auto& o) { o.default_hooks.hooks.emplace_back("timer", Component<Hook>(kNull<CallHook>)); }); }},
     {"Dataset", "a null pointer where a Dataset",
      [] { train([](auto& o) { o.train_dataloader = {.dataset = kNull<TensorDataset>}; }); }},
     {"Loader", "train_dataloader: a null pointer where a DataLoader",
      [] { train([](auto& o) { o.train_dataloader = kNull<DataLoader>; }); }},
     {"Sampler", "a null pointer where a Sampler",
      [] { train([](auto& o) { o.train_dataloader->sampler = kNull<DefaultSampler>; }); }},
     {"Loop", "train_cfg: a null pointer where a TrainLoop",
      [] { train([](auto& o) { o.train_cfg = Component<TrainLoop>(kNull<EpochBasedTrainLoop>); }); }},
     {"Optimizer", "a null pointer where a Optimizer",
      [] { train([](auto& o) { o.optim_wrapper = use<OptimWrapper>({.optimizer = kNull<SGD>}); }); }},
     {"Wrapper", "optim_wrapper: a null pointer",
      [] { train([](auto& o) { o.optim_wrapper = Component<OptimWrapper>(kNull<OptimWrapper>); }); }},
     {"Schedule", "param_scheduler: a null pointer",
      [] { train([](auto& o) { o.param_scheduler = Component<ParamScheduler>(kNull<StepLR>); }); }},
     {"Visualizer", "visualizer: a null pointer",
      [] { train([](auto& o) { o.visualizer = Component<Visualizer>(kNull<Visualizer>); }); }},
     {"LogProcessor", "log_processor: a null pointer",
      [] { train([](auto& o) { o.log_processor = Component<LogProcessor>(kNull<LogProcessor>); }); }},
     {"NoWrappers", "lists 0 wrappers",
      [] { train([](auto& o) { o.optim_wrapper = std::vector<Component<OptimWrapper>>{}; }); }},
     {"OptionsThatWereMovedFrom", "must not be empty",
      [] {
        const ScratchFolder folder;
        RunnerOptions options = line_options(folder.path());
        Runner first(std::move(options));
        options.work_dir = folder / "b";  // NOLINT: what is left
        Runner second(std::move(options));
      }},
     {"OptionsOfNoLoader", "there are no options of a loader",
      [] { train([](auto& o) { o.test_dataloader->batch_size = 3; }); }},
     {"AForeignCheckpoint", "holds only weights",
      [] {
        Run().runner->resume(State::dict({{"meta", 3}}));
      }},
     {"ACheckpointThatIsANumber", "holds only weights", [] { Run().runner->resume(State(3)); }},
     {"AnEmptyCheckpoint", "holds only weights", [] { Run().runner->resume(State()); }},
     {"AWorkDirThatIsAFile", "",
      [] {
        const ScratchFolder folder;
        std::ofstream(folder / "file") << "x";
        try {
          train([&](auto& o) { o.work_dir = folder / "file"; });
        } catch (const Error&) {
        }
      }},
     {"EpochsBelowZero", "max_epochs must be at least 0",
      [] { train([](auto& o) { o.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = -1}); }); }},
     {"ADeviceOfNoName", "device", [] { train([](auto& o) { o.device = "gpu7"; }); }},
     {"ALimitOfNothing", "limit_batches must be at least 1", [] { train([](auto& o) { o.limit_batches = 0; }); }}});

}  // namespace
}  // namespace millrace
