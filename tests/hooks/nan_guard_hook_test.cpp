#include "millrace/hooks/nan_guard_hook.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sqrt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "millrace/data/tensor_dataset.h"
#include "millrace/log/logger.h"
#include "millrace/model/base_model.h"
#include "millrace/model/weights.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/module.h"
#include "millrace/optim/adam.h"
#include "millrace/optim/optim_set.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

enum class Plant { nothing, forward, backward, loss };

/// Adds 0, or what is planted: a nan in the forward pass, or one in the backward pass alone (0 * inf of sqrt at 0).
class SpoilerImpl final : public torch::nn::Module {
 public:
  at::Tensor forward(at::Tensor x) {
    if (plant == Plant::forward) return x * std::nan("");
    if (plant == Plant::backward) return x + at::sqrt(x.detach() * 0 + x * 0);
    return x;
  }
  Plant plant = Plant::nothing;
};
MILLRACE_MODULE(Spoiler);

class SpoiledNet final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    const bool now = bad_steps.contains(at::GradMode::is_enabled() && !is_repeat ? ++step : step);
    spoiler->plant = now ? plant : Plant::nothing;
    at::Tensor loss = last(norm(spoiler(first(batch.tensor(keys::inputs))))).square().mean();
    if (now && plant == Plant::loss) loss = loss * std::nan("");
    is_repeat = true;
    return {{"loss"_key, loss}};
  }
  void predict(Batch&) override {}

  Plant plant = Plant::nothing;
  std::set<int64_t> bad_steps;
  int64_t step = 0;
  bool is_repeat = false;  // of the batch: set back by each new one
  nn::Linear first = register_module("first", nn::Linear(4, 3));
  Spoiler spoiler = register_module("spoiler", Spoiler());
  nn::BatchNorm1d norm = register_module("norm", nn::BatchNorm1d(3));
  nn::Linear last = register_module("last", nn::Linear(3, 2));
};

/// Tells the network that a new batch begins.
class NewBatch final : public Hook {
 public:
  explicit NewBatch(SpoiledNet& net) : net_(net) {}
  int default_priority() const override { return kHighest; }
  void before_train_iter(TrainIter& point) override {
    net_.is_repeat = false;
    if (at) at(point);
  }
  std::function<void(TrainIter&)> at;

 private:
  SpoiledNet& net_;
};

/// 12 iterations, of which the third is spoiled.
class NanGuard : public testing::Test {
 protected:
  void train(Plant plant, NanGuardHook::Options options = {}, std::set<int64_t> bad_steps = {3}) {
    net->plant = plant;
    net->bad_steps = std::move(bad_steps);
    RunnerOptions run{.model = net, .work_dir = folder.path().string()};
    run.train_dataloader = {
        .dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{keys::inputs, at::ones({24, 4})}}),
        .batch_size = 2};
    run.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 1});
    run.optim_wrapper = use<OptimWrapper>({.optimizer = use<Adam>({.lr = 0.01})});
    run.default_hooks.remove("checkpoint");
    run.randomness.seed = 5;
    run.custom_hooks.push_back(use<NanGuardHook>(options));
    runner.emplace(std::move(run));
    runner->logger().to_callback([this](LogLevel, std::string_view message) { messages.emplace_back(message); },
                                 LogLevel::warning);
    runner->add_hook(new_batch);
    runner->train();
  }
  /// What ends the training. Once: a second one would not meet the bad step.
  std::string error_of(Plant plant) {
    try {
      train(plant);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  bool has_finite_state() const { return !first_not_finite(net->modules()); }

  ScratchFolder folder;
  std::shared_ptr<SpoiledNet> net = std::make_shared<SpoiledNet>();
  std::shared_ptr<NewBatch> new_batch = std::make_shared<NewBatch>(*net);
  std::optional<Runner> runner;
  std::vector<std::string> messages;
};

TEST_F(NanGuard, NamesTheLayerOfTheForwardPass) {
  EXPECT_THAT(error_of(Plant::forward), AllOf(HasSubstr("the loss of iteration 3 is nan: the first layer that is not "
                                                        "finite is spoiler (Spoiler), in the forward pass"),
                                              HasSubstr("help: action='skip'")));
  EXPECT_EQ(runner->iter(), 3);
}

TEST_F(NanGuard, NamesTheLayerOfTheBackwardPass) {
  EXPECT_THAT(error_of(Plant::backward),
              HasSubstr("a gradient of iteration 3 is not finite: the first layer that is not "
                        "finite is spoiler (Spoiler), in the backward pass"));
  EXPECT_TRUE(has_finite_state());
}

TEST_F(NanGuard, NamesTheStateOfTheOptimizer) {
  new_batch->at = [&](TrainIter& point) {
    if (point.done != 3) return;
    const at::NoGradGuard no_grad;
    Optimizer& optimizer = point.runner.optims()->only().optimizer();
    State state = optimizer.state_dict();
    at::Tensor moment = state.at("state").entries()[2].value.at("exp_avg").tensor();
    moment.view(-1)[0].fill_(std::nan(""));
  };
  EXPECT_THAT(error_of(Plant::nothing),
              HasSubstr("the loss of iteration 4 is nan: the weights are not finite; of the "
                        "optimizer's state, exp_avg of norm.weight is the first such tensor"));
}

TEST_F(NanGuard, NamesTheLoss) {
  EXPECT_THAT(error_of(Plant::loss),
              HasSubstr("the layers are finite in the forward pass, and 'loss' that the loss makes "
                        "of them is not"));
}

TEST_F(NanGuard, SkipsWhatIsNotFinite) {
  train(Plant::forward, {.action = NanGuardHook::Action::skip});
  EXPECT_EQ(runner->iter(), 12);
  EXPECT_TRUE(has_finite_state());
  EXPECT_THAT(messages, Contains(AllOf(HasSubstr("iteration 3"), HasSubstr("; its update is left out"))));
  const at::Tensor steps =
      runner->optims()->only().optimizer().state_dict().at("state").entries()[0].value.at("step").tensor();
  EXPECT_EQ(steps.item<double>(), 11);
}

TEST_F(NanGuard, GoesBackToTheSnapshot) {
  train(Plant::backward, {.action = NanGuardHook::Action::roll_back, .snapshot_interval = 2}, {3});
  EXPECT_EQ(runner->iter(), 12);
  EXPECT_TRUE(has_finite_state());
  EXPECT_THAT(messages, Contains(HasSubstr("; the weights go back to those after iteration 2")));
}

TEST_F(NanGuard, RollsWeightsBackToTheBitsOfTheSnapshot) {
  std::vector<State> states;
  new_batch->at = [&](TrainIter&) { states.push_back(state_dict(net->modules()).snapshot()); };
  train(Plant::loss, {.action = NanGuardHook::Action::roll_back, .snapshot_interval = 100}, {3});
  EXPECT_TRUE(states.at(3).equals(states.at(0)));  // before iteration 4 as before the first
  EXPECT_FALSE(states.at(4).equals(states.at(0)));
}

TEST_F(NanGuard, EndsTheRunAfterItsPatience) {
  EXPECT_THAT(
      [&] {
        train(Plant::forward, {.action = NanGuardHook::Action::skip, .patience = 3}, {2, 4, 5, 7, 8, 9, 10});
      },
      ThrowsMessage<Error>(HasSubstr("NanGuardHook has met such values in 3 iterations in a row")));
  EXPECT_EQ(runner->iter(), 9);
}

TEST_F(NanGuard, SaysNothingOfWhatIsFinite) {
  train(Plant::nothing);
  EXPECT_THAT(messages, Each(Not(HasSubstr("finite"))));
}

}  // namespace
}  // namespace millrace
