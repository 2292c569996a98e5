#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>

#include <limits>
#include <stdexcept>

#include "millrace/eval/evaluator.h"
#include "millrace/infer/inferencer.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "tests/support/misuse.h"
#include "tests/support/ranked_runs.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

/// A network whose loss is as told.
class ToldNet final : public BaseModel {
 public:
  std::function<LossMap(Batch&, nn::Linear&)> told = [](Batch& batch, nn::Linear& line) {
    return LossMap{{kLineLoss, at::mse_loss(line(batch.tensor(keys::inputs)), batch.tensor(kLineTruth))}};
  };
  std::function<void(Batch&)> predicted;
  LossMap loss(Batch& batch) override { return told(batch, line); }
  void predict(Batch& batch) override {
    if (predicted) return predicted(batch);
    batch.set(kLinePrediction, Dense{line(batch.tensor(keys::inputs))});
  }
  nn::Linear line = register_module("line", nn::Linear(1, 1));
};

class NoParameters final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override { return {{kLineLoss, batch.tensor(keys::inputs).sum()}}; }
  void predict(Batch&) override {}
};

void train_run(const std::function<void(RunnerOptions&)>& change) {
  const ScratchFolder folder;
  RunnerOptions options = line_options(folder.path());
  change(options);
  Runner(std::move(options)).train();
}

void train_net(const std::function<void(ToldNet&)>& tell) {
  train_run([&](RunnerOptions& o) {
    auto net = std::make_shared<ToldNet>();
    tell(*net);
    o.model = net;
  });
}

void train_with_loss(const std::function<LossMap(Batch&, nn::Linear&)>& told) {
  train_net([&](ToldNet& net) { net.told = told; });
}

/// A metric that does what it is told to.
class ToldMetric final : public Metric {
 public:
  ToldMetric() : Metric("") {}
  std::function<MetricMap()> told = [] { return MetricMap{{"a", 1.0}}; };
  std::function<void(const Batch&)> seen = [](const Batch&) {};
  void process(const Batch& batch) override { seen(batch); }
  State partial() const override { return {}; }
  void absorb(const State&) override {}
  MetricMap compute() override { return told(); }
  void reset() override {}
};

void measure(const std::function<void(ToldMetric&)>& tell) {
  train_run([&](RunnerOptions& o) {
    auto metric = std::make_shared<ToldMetric>();
    tell(*metric);
    o.val_evaluator = {Component<Metric>(metric)};
  });
}

[[maybe_unused]] const bool kOfModels = add_misuses(
    "MisuseOfModels",
    {{"NoParameters", "there are no parameters",
      [] { train_run([](auto& o) { o.model = std::make_shared<NoParameters>(); }); }},
     {"FrozenParameters", "",
      [] {
        try {
          train_net([](ToldNet& net) {
            for (at::Tensor& each : net.parameters()) each.set_requires_grad(false);
          });
        } catch (const Error&) {
        }
      }},
     {"AnUndefinedLoss", "'loss' is an undefined tensor",
      [] { train_with_loss([](auto&, auto&) {
             return LossMap{{kLineLoss, {}}};
           }); }},
     {"NoLosses", "nothing to minimise", [] { train_with_loss([](auto&, auto&) { return LossMap(); }); }},
     {"ALossWithoutAGraph", "grad",
      [] { train_with_loss([](auto&, auto&) {
             return LossMap{{kLineLoss, at::ones({})}};
           }); }},
     {"ALossOfIntegers", "",
      [] {
        try {
          train_with_loss([](auto&, auto&) { return LossMap{{kLineLoss, at::ones({}, at::kLong)}}; });
        } catch (const Error&) {
        }
      }},
     {"ALossThatThrows", "thrown", [] { train_with_loss([](auto&, auto&) -> LossMap { throw Error("thrown"); }); }},
     {"ALossOfAnotherShape", "",
      [] {
        try {
          train_with_loss([](Batch& b, nn::Linear& line) {
            return LossMap{{kLineLoss, line(b.tensor(keys::inputs).view({1, -1})).sum()}};
          });
        } catch (const Error&) {
        }
      }},
     {"ALossThatIsNan", "",
      [] {
        try {
          train_with_loss([](Batch& b, nn::Linear& line) {
            return LossMap{{kLineLoss, line(b.tensor(keys::inputs)).sum() * std::numeric_limits<double>::quiet_NaN()}};
          });
        } catch (const Error&) {
        }
      }},
     {"ALossThatEmptiesTheBatch", "",
      [] {
        train_with_loss([](Batch& b, nn::Linear& line) {
          const at::Tensor sum = line(b.tensor(keys::inputs)).sum();
          b = Batch();
          return LossMap{{kLineLoss, sum}};
        });
      }},
     {"PredictionsOfAnotherLength", "does not fit a batch",
      [] {
        train_net([](ToldNet& net) {
          net.predicted = [](Batch& b) { b.set(kLinePrediction, Dense{at::ones({9, 1})}), b.row(0); };
        });
      }},
     {"NoPredictions", "the batch has no 'prediction'",
      [] { train_net([](ToldNet& net) { net.predicted = [](Batch&) {}; }); }},
     {"PredictionsThatThrow", "while trying 2 batches of the validation",
      [] { train_net([](ToldNet& net) { net.predicted = [](Batch&) { throw Error("x"); }; }); }},
     {"AnInferencerOfNull", "null", [] { Inferencer(std::shared_ptr<Model>(), {}); }},
     {"AnInferencerThatWasMovedFrom", "moved", [] {
        Inferencer one(std::make_shared<ToldNet>(), {});
        const Inferencer other = std::move(one);
        one.model();  // NOLINT: what is left
      }}});

[[maybe_unused]] const bool kOfMetrics = add_misuses(
    "MisuseOfMetrics",
    {{"NoNames", "", [] { measure([](ToldMetric& m) { m.told = [] {
                                                        return MetricMap{{"", 1.0}};
                                                      }; }); }},
     {"NoValues", "", [] { measure([](ToldMetric& m) { m.told = [] { return MetricMap(); }; }); }},
     {"OneNameTwice", "two metrics give a value 'a'",
      [] { measure([](ToldMetric& m) { m.told = [] {
                                         return MetricMap{{"a", 1.0}, {"a", 2.0}};
                                       }; }); }},
     {"NoneAsAValue", "", [] { measure([](ToldMetric& m) { m.told = [] {
                                                             return MetricMap{{"a", State()}};
                                                           }; }); }},
     {"ATensorAsAValue", "",
      [] { measure([](ToldMetric& m) { m.told = [] {
                                         return MetricMap{{"a", at::ones({2})}};
                                       }; }); }},
     {"ANanAsAValue", "",
      [] {
        measure([](ToldMetric& m) {
          m.told = [] { return MetricMap{{"a", std::numeric_limits<double>::quiet_NaN()}}; };
        });
      }},
     {"ThrowsInCompute", "thrown",
      [] { measure([](ToldMetric& m) { m.told = []() -> MetricMap { throw Error("thrown"); }; }); }},
     {"ThrowsInProcess", "thrown",
      [] { measure([](ToldMetric& m) { m.seen = [](const Batch&) { throw Error("thrown"); }; }); }},
     {"OneMetricTwice", "is there twice",
      [] {
        auto metric = std::make_shared<ToldMetric>();
        Evaluator(std::vector<std::shared_ptr<Metric>>{metric, metric});
      }},
     {"NullAmongMetrics", "is a null pointer", [] { Evaluator(std::vector<std::shared_ptr<Metric>>{nullptr}); }},
     {"NoBatchAtAll", "the evaluation saw no sample",
      [] { Evaluator(std::vector<std::shared_ptr<Metric>>{std::make_shared<ToldMetric>()}).evaluate(); }}});

ModuleView view_of_line() {
  static const auto net = std::make_shared<LineNet>();
  return net->modules();
}

[[maybe_unused]] const bool kOfOptimizers = add_misuses(
    "MisuseOfOptimizers",
    {{"AnUndefinedLoss", "the loss to minimise is an undefined tensor",
      [] { OptimWrapper(view_of_line(), {.optimizer = use<SGD>({.lr = 0.1})}).update(at::Tensor()); }},
     {"NoClosure", "was given none",
      [] { OptimWrapper(view_of_line(), {.optimizer = use<SGD>({.lr = 0.1})}).step({}); }},
     {"NullInTheSet", "is a null pointer", [] { OptimSet{std::shared_ptr<OptimWrapper>()}; }},
     {"NobodyInTheSet", "there is no optimizer", [] { OptimSet().only(); }},
     {"ANameThatIsNotThere", "no optimizer 'x'", [] { OptimSet()["x"]; }},
     {"ParametersOfAnotherModel", "parameters that the model does not have",
      [] {
        train_run([](auto& o) {
          const auto other = std::make_shared<LineNet>();
          auto sgd =
              std::make_shared<SGD>(std::vector<ParamGroup>{ParamGroup{other->parameters()}}, SGD::Options{.lr = 0.1});
          o.optim_wrapper = use<OptimWrapper>({.optimizer = sgd});
        });
      }},
     {"NoParameters", "there are no parameters", [] { SGD(std::vector<ParamGroup>{}, SGD::Options{.lr = 0.1}); }},
     {"ARateBelowZero", "lr must be at least 0",
      [] { train_run([](auto& o) { o.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = -1})}); }); }},
     {"ARateThatIsNan", "lr must be",
      [] {
        train_run([](auto& o) {
          o.optim_wrapper =
              use<OptimWrapper>({.optimizer = use<SGD>({.lr = std::numeric_limits<double>::quiet_NaN()})});
        });
      }},
     {"AccumulationOfNothing", "accumulative_counts must be at least 1",
      [] {
        train_run([](auto& o) {
          o.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.1}), .accumulative_counts = 0});
        });
      }},
     {"AScheduleOfAnotherOptimizer", "was made for an optimizer that is not this run's",
      [] {
        OptimWrapper other(view_of_line(), {.optimizer = use<SGD>({.lr = 0.1})});
        train_run([&](auto& o) {
          o.param_scheduler =
              Component<ParamScheduler>(std::make_shared<StepLR>(other, StepLR::Options{.step_size = 1}));
        });
      }},
     {"ANullSchedule", "a schedule to add is a null pointer", [] { ParamSchedulers({.max_epochs = 1}).add(nullptr); }},
     {"AStepOfNothing", "step_size must be at least 1",
      [] { train_run([](auto& o) { o.param_scheduler = Component<ParamScheduler>(use<StepLR>({.step_size = 0})); }); }},
     {"AStateOfAnotherKind", "",
      [] {
        try {
          OptimWrapper(view_of_line(), {.optimizer = use<SGD>({.lr = 0.1})}).load_state_dict(State(3));
        } catch (const Error&) {
        }
      }},
     {"AStateOfOtherParameters", "", [] {
        try {
          OptimWrapper(view_of_line(), {.optimizer = use<SGD>({.lr = 0.1})})
              .load_state_dict(State::dict(
                  {{"state", State::dict({{State("0"), State(3)}})}, {"param_groups", State::list({3, State()})}}));
        } catch (const Error&) {
        }
      }}});

}  // namespace
}  // namespace millrace
