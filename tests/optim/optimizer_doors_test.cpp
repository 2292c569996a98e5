// Two made-up optimizers for what those that ship don't use yet: a rule over all parameters at once that learns a
// setting of its groups, and one that trains other weights than it evaluates.

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/optim/optim_set.h"
#include "millrace/optim/optimizer_with.h"
#include "tests/support/all_close.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

struct DistanceDescentOptions {
  double lr = 1;
  double d = 0;  // learned, as D-Adaptation learns it

  template <class Fields>
  static void describe(Fields& f) {
    f("lr", &DistanceDescentOptions::lr, "");
    f("d", &DistanceDescentOptions::d, "");
  }
};

/// p <- p - lr g / |all gradients|; d is the largest norm of all gradients so far.
class DistanceDescent final : public OptimizerWith<DistanceDescentOptions> {
 public:
  DistanceDescent(std::vector<ParamGroup> groups, const Options& options)
      : OptimizerWith(std::move(groups), of<DistanceDescent>(options), {}) {}
  int calls = 0;

 private:
  void step_all(std::span<const Part> parts) override {
    ++calls;
    double square = 0;
    for (const Part& part : parts)
      for (const at::Tensor& grad : part.bucket.grads) square += grad.to(at::kDouble).pow(2).sum().item<double>();
    const double norm = std::sqrt(square);
    for (const Part& part : parts) {
      part.options.d = std::max(part.options.d, norm);
      for (size_t i = 0; i < part.bucket.params.size(); ++i)
        part.bucket.params[i].add_(part.bucket.grads[i], -part.options.lr / norm);
    }
  }
};
MILLRACE_REGISTER(Optimizer, DistanceDescent);

class StepOverAllBuckets : public testing::Test {
 protected:
  const at::Tensor a_ = at::ones({}, at::kDouble).requires_grad_(), b_ = at::ones({}, at::kFloat).requires_grad_();

  std::unique_ptr<DistanceDescent> made() {
    ParamGroup slow({b_});
    slow.given = State::dict({{"lr", 0.5}});
    slow.file_groups = {1};
    ParamGroup fast({a_});
    fast.file_groups = {0};
    return std::make_unique<DistanceDescent>(std::vector<ParamGroup>{fast, slow}, DistanceDescentOptions{.lr = 1});
  }
  void set_grads(double of_a, double of_b) {
    a_.mutable_grad() = at::full({}, of_a, at::kDouble);
    b_.mutable_grad() = at::full({}, of_b, at::kFloat);
  }
};

TEST_F(StepOverAllBuckets, SeesGroupsAndDtypesInOneCall) {
  const auto optimizer = made();
  set_grads(3, 4);
  optimizer->step();
  EXPECT_EQ(optimizer->calls, 1);
  EXPECT_DOUBLE_EQ(a_.item<double>(), 1 - 3.0 / 5);
  EXPECT_FLOAT_EQ(b_.item<float>(), 1 - 0.5F * 4 / 5);
}

TEST_F(StepOverAllBuckets, KeepsWhatItLearnedWithItsGroups) {
  const auto optimizer = made();
  set_grads(3, 4);
  optimizer->step();
  const State saved = optimizer->state_dict();
  EXPECT_EQ(saved.at("param_groups").items()[1].at("d").number(), 5);
  const auto again = made();
  again->load_state_dict(saved);
  set_grads(0.3, 0.4);
  again->step();
  EXPECT_EQ(again->state_dict().at("param_groups").items()[0].at("d").number(), 5);
}

struct TwoWeightsOptions {
  double lr = 0.1;
  bool train_mode = true;

  template <class Fields>
  static void describe(Fields& f) {
    f("lr", &TwoWeightsOptions::lr, "");
    f("train_mode", &TwoWeightsOptions::train_mode, "");
  }
};

/// Trains y, evaluates x: the mean of the start and of y.
class TwoWeights final : public OptimizerWith<TwoWeightsOptions> {
 public:
  TwoWeights(std::vector<ParamGroup> groups, const Options& options)
      : OptimizerWith(std::move(groups), of<TwoWeights>(options), {"start"}) {}
  void train() override { write(true); }
  void eval() override { write(false); }

 private:
  at::Tensor make_state(const Options&, size_t, const at::Tensor& param) const override {
    return param.detach().clone();
  }
  void step_bucket(const Options& options, Bucket& bucket) override {
    for (size_t i = 0; i < bucket.params.size(); ++i) bucket.params[i].add_(bucket.grads[i], -options.lr);
    start_ = bucket.state[0][0];
  }
  void write(bool training) {
    const at::NoGradGuard no_grad;
    for (ParamGroup& group : groups()) {
      if (group.settings.as<Options>().train_mode == training || group.params.empty()) continue;
      group.settings.as<Options>().train_mode = training;
      at::Tensor weight = group.params[0];
      if (training) weight.mul_(2).sub_(start_);
      else weight.add_(start_).div_(2);
    }
  }
  at::Tensor start_;
};
MILLRACE_REGISTER(Optimizer, TwoWeights);

TEST(TwoKindsOfWeights, AreSwitchedAsOftenAsTheLoopsSaySo) {
  Toy toy({1.0});
  OptimSet optims(toy.wrap(config_text("{'optimizer': {'type': 'TwoWeights', 'lr': 0.5}}")));
  optims.train();
  optims.only().update(toy.params[0] * 1.0);
  EXPECT_EQ(toy.params[0].item<double>(), 0.5);
  optims.eval();
  optims.eval();
  EXPECT_EQ(toy.params[0].item<double>(), 0.75);
  optims.train();
  optims.train();
  EXPECT_EQ(toy.params[0].item<double>(), 0.5);
  optims.eval();
  EXPECT_FALSE(optims.state_dict().at("param_groups").items()[0].at("train_mode").boolean());
}

}  // namespace
}  // namespace millrace
