// Mistakes in a program of one's own that would give wrong weights and no error: each is one warning.

#include <ATen/ops/mse_loss.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/dataset.h"
#include "millrace/eval/metric.h"
#include "millrace/log/logger.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

/// Two layers with a dropout between them.
struct TwoLayers : BaseModel {
  LossMap loss(Batch& batch) override { return {{"loss"_key, scores(batch).square().mean()}}; }
  void predict(Batch& batch) override { batch.set("pred_score"_key, Dense{scores(batch)}); }
  at::Tensor scores(Batch& batch) { return last(drop(first(batch.tensor(keys::inputs)))); }
  nn::Linear first = register_module("first", nn::Linear(4, 8));
  nn::Dropout drop = register_module("drop", nn::Dropout(0.5));
  nn::Linear last = register_module("last", nn::Linear(8, 2));
};

struct RowCount final : Metric {
  RowCount() : Metric("") {}
  void process(const Batch& batch) override { rows += batch.size(); }
  State partial() const override { return rows; }
  void absorb(const State& partial) override { rows += partial.integer(); }
  MetricMap compute() override { return {{"rows", rows}}; }
  void reset() override { rows = 0; }
  int64_t rows = 0;
};

/// A run of `epochs` with six iterations each, and the warnings of its log.
class WatchedRun {
 public:
  explicit WatchedRun(std::shared_ptr<Model> model, const std::function<void(RunnerOptions&)>& change = {},
                      int64_t epochs = 1)
      : run(folder.path(), epochs, [&](RunnerOptions& options) {
          options.model = std::move(model);
          options.val_dataloader = options.train_dataloader;
          options.val_cfg = use<ValLoop>();
          options.val_evaluator = {std::make_shared<RowCount>()};
          if (change) change(options);
        }) {
    run.runner->logger().to_callback(
        [this](LogLevel level, std::string_view message) {
          if (level >= LogLevel::warning) warnings.emplace_back(message);
        },
        LogLevel::warning);
  }
  std::vector<std::string> train() {
    run.runner->train();
    return warnings;
  }

  const ScratchFolder folder;
  std::vector<std::string> warnings;
  HostedRun run;
};

/// Calls something at one iteration's end, and notes the mode of each iteration.
class AtIteration final : public Hook {
 public:
  AtIteration(int64_t iteration, std::function<void(Runner&)> body) : iteration_(iteration), body_(std::move(body)) {}
  void before_train_iter(TrainIter& point) override { is_training.push_back(point.runner.model().is_training()); }
  void after_train_iter(TrainIter& point) override {
    if (point.done == iteration_) body_(point.runner);
  }
  std::vector<bool> is_training;

 private:
  int64_t iteration_;
  std::function<void(Runner&)> body_;
};

TEST(SilentMistakes, AValidationWithinAHookLeavesEachPartInItsMode) {
  struct FrozenFirst final : TwoLayers {
    void train(bool on = true) override {
      BaseModel::train(on);
      first->eval();
    }
  };
  const auto model = std::make_shared<FrozenFirst>();
  WatchedRun watched(model);
  MetricMap metrics;
  std::vector<bool> modes;
  const auto hook = std::make_shared<AtIteration>(2, [&](Runner& runner) {
    metrics = runner.val();
    modes = {model->is_training(), model->first->is_training(), model->drop->is_training()};
  });
  watched.run.runner->add_hook(hook);
  EXPECT_THAT(watched.train(), IsEmpty());
  EXPECT_EQ(metrics.find("rows")->integer(), 60);
  EXPECT_THAT(modes, ElementsAre(true, false, true));
  EXPECT_THAT(hook->is_training, ElementsAre(true, true, true, true, true, true));
}

TEST(SilentMistakes, AValidationWithinAHookChangesNoWeightOfTheTraining) {
  const auto weights_of = [](bool validates) {
    seed_generators(3);
    const auto model = std::make_shared<TwoLayers>();
    WatchedRun watched(model);
    if (validates) watched.run.runner->add_hook(std::make_shared<AtIteration>(2, [](Runner& runner) { runner.val(); }));
    watched.train();
    return state_dict(model->modules()).snapshot();
  };
  EXPECT_TRUE(weights_of(true).equals(weights_of(false)));
}

TEST(SilentMistakes, AValidationWithinItselfIsRefused) {
  struct Again final : Hook {
    void after_val_iter(EvalIter& point) override { point.runner.val(); }
  };
  WatchedRun watched(std::make_shared<TwoLayers>());
  watched.run.runner->add_hook(std::make_shared<Again>());
  EXPECT_THAT([&] { watched.train(); }, ThrowsMessage<Error>(HasSubstr("val() within val()")));
}

TEST(SilentMistakes, AnEvaluationBehindARunDoesNotRunItsHooksAgain) {
  struct TestsAtTheEnd final : Hook {
    void after_run(RunPoint& point) override {
      ++calls;
      point.runner.val();
    }
    int calls = 0;
  };
  WatchedRun watched(std::make_shared<TwoLayers>());
  const auto hook = std::make_shared<TestsAtTheEnd>();
  watched.run.runner->add_hook(hook);
  watched.train();
  EXPECT_EQ(hook->calls, 1);
}

TEST(SilentMistakes, AModelThatIsLeftInEvaluationModeTrainsInTrainingMode) {
  WatchedRun watched(std::make_shared<TwoLayers>());
  const auto hook = std::make_shared<AtIteration>(4, [](Runner& runner) { runner.model().set_training(false); });
  watched.run.runner->add_hook(hook);
  EXPECT_THAT(watched.train(), ElementsAre(HasSubstr("the model was in evaluation mode before iteration 5")));
  EXPECT_TRUE(watched.run.runner->iter() == 6 && !hook->is_training[4]);
}

TEST(SilentMistakes, AnEvalWithinTheLossIsSetBack) {
  struct Evaluates final : TwoLayers {
    LossMap loss(Batch& batch) override {
      modes.push_back(drop->is_training());
      drop->eval();
      return TwoLayers::loss(batch);
    }
    std::vector<bool> modes;
  };
  const auto model = std::make_shared<Evaluates>();
  WatchedRun watched(model);
  EXPECT_THAT(watched.train(), ElementsAre(HasSubstr("iteration 1 left drop in another mode")));
  EXPECT_THAT(model->modes, ElementsAre(true, true, true, true, true, true));
}

TEST(SilentMistakes, AStepWithoutAnUpdateIsTold) {
  struct Forgets final : TwoLayers {
    LossMap train_step(Batch& batch, OptimSet&) override { return loss(batch); }
  };
  WatchedRun watched(std::make_shared<Forgets>());
  EXPECT_THAT(watched.train(), ElementsAre(HasSubstr("iteration 1 updated no optimizer")));
}

TEST(SilentMistakes, ALayerThatIsNotRegisteredIsToldWithItsShape) {
  struct Unregistered final : TwoLayers {
    LossMap loss(Batch& batch) override { return {{"loss"_key, extra(scores(batch)).square().mean()}}; }
    nn::Linear extra = nn::Linear(2, 3);
  };
  WatchedRun watched(std::make_shared<Unregistered>());
  EXPECT_THAT(watched.train(), ElementsAre(AllOf(HasSubstr("2 tensors have a gradient and no parameter of the model"),
                                                 HasSubstr("(3, 2) in addmm"), HasSubstr("(3) in addmm"))));
}

TEST(SilentMistakes, AGradientOfAnInputIsNoLayer) {
  struct Perturbed final : TwoLayers {
    LossMap loss(Batch& batch) override {
      const at::Tensor inputs = batch.tensor(keys::inputs).clone().requires_grad_();
      return {{"loss"_key, last(drop(first(inputs))).square().mean()}};
    }
  };
  WatchedRun watched(std::make_shared<Perturbed>());
  EXPECT_THAT(watched.train(), IsEmpty());
}

TEST(SilentMistakes, AParameterWithoutAGradientIsTold) {
  struct Unused final : TwoLayers {
    nn::Linear spare = register_module("spare", nn::Linear(2, 2));
  };
  WatchedRun watched(std::make_shared<Unused>());
  EXPECT_THAT(watched.train(), ElementsAre("2 parameters got no gradient in the first 3 steps, so nothing moves them: "
                                           "spare.weight, spare.bias"));
}

TEST(SilentMistakes, ALayerThatIsRegisteredTooLateIsTold) {
  struct Late final : TwoLayers {
    LossMap loss(Batch& batch) override {
      if (!extra) extra = register_module("extra", nn::Linear(2, 3));
      return {{"loss"_key, extra(scores(batch)).square().mean()}};
    }
    nn::Linear extra = nullptr;
  };
  WatchedRun watched(std::make_shared<Late>());
  EXPECT_THAT(watched.train(), Contains(HasSubstr("no optimizer has these parameters, though they get a gradient: "
                                                  "extra.weight, extra.bias")));
}

/// Doubles the inputs, in place or not.
class Doubled final : public Transform {
 public:
  explicit Doubled(bool in_place) : in_place_(in_place) {}
  void apply(Sample& sample, Rng&) const override {
    const at::Tensor values = sample.tensor(keys::inputs);
    sample.set(keys::inputs, in_place_ ? values.mul_(2) : values.mul(2));
  }

 private:
  bool in_place_;
};

TEST(SilentMistakes, ATransformThatWritesIntoTheDatasetIsTold) {
  const auto warnings_with = [](bool in_place) {
    WatchedRun watched(std::make_shared<TwoLayers>(), [&](RunnerOptions& options) {
      const std::vector<Component<Transform>> pipeline = {std::make_shared<Doubled>(in_place)};
      options.train_dataloader->dataset = std::make_shared<TensorDataset>(
          TensorDataset::Columns{{keys::inputs, at::randn({60, 4})}}, DatasetOptions{.pipeline = pipeline});
      options.val_dataloader = {};
      options.val_cfg = {};
      options.val_evaluator = {};
    });
    return watched.train();
  };
  EXPECT_THAT(warnings_with(true), ElementsAre(AllOf(HasSubstr("train_dataloader: a transform writes into 'inputs'"),
                                                     HasSubstr("the dataset's own memory"))));
  EXPECT_THAT(warnings_with(false), IsEmpty());
}

}  // namespace
}  // namespace millrace
