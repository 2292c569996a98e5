// Reinforcement learning on a stream: a pole on a cart (Barto, Sutton and Anderson 1983), and REINFORCE (Williams 1992).
// The stream plays episodes with the network as it is, and gives their steps with what came of them; the Runner trains on
// them like on any data.
//
//     cart_pole [iterations]
//
// Run whole it prints a mean return of 450 or more; an episode ends after 500 steps, and an untrained network drops the
// pole after about 20.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <deque>
#include <random>

#include "millrace/data/stream_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/adam.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/operators.h"
#include "millrace/tensor/process.h"

namespace mr = millrace;
using namespace mr::literals;  // "state"_key

namespace {

constexpr int64_t kMostSteps = 500;

/// The cart's place and speed, the pole's angle and its speed; units of SI.
class CartPole {
 public:
  explicit CartPole(std::mt19937_64& random) {
    std::uniform_real_distribution<double> small(-0.05, 0.05);
    for (double& value : state_) value = small(random);
  }
  at::Tensor state() const { return at::tensor(at::ArrayRef<double>(state_), at::kFloat); }
  /// Pushes the cart for 0.02 s, to the right or to the left; false if the pole has fallen.
  bool push(bool right) {
    auto& [x, speed, angle, turning] = state_;
    const double sine = std::sin(angle), cosine = std::cos(angle);
    const double push = ((right ? 10.0 : -10.0) + 0.05 * turning * turning * sine) / 1.1;
    const double turn = (9.8 * sine - cosine * push) / (0.5 * (4.0 / 3 - 0.1 * cosine * cosine / 1.1));
    const double drive = push - 0.05 * turn * cosine / 1.1;
    x += 0.02 * speed, speed += 0.02 * drive, angle += 0.02 * turning, turning += 0.02 * turn;
    return std::abs(x) < 2.4 && std::abs(angle) < 0.2094;
  }

 private:
  std::array<double, 4> state_{};
};

class Policy final : public mr::BaseModel {
 public:
  mr::LossMap loss(mr::Batch& batch) override {
    const at::Tensor chances = forward(batch.tensor("state"_key)).log_softmax(1);
    const at::Tensor chosen = chances.gather(1, batch.tensor("action"_key).unsqueeze(1)).squeeze(1);
    return {{"loss"_key, -(chosen * batch.tensor("advantage"_key)).mean()}};
  }
  void predict(mr::Batch&) override {}
  at::Tensor forward(at::Tensor states) override { return net_(states); }

 private:
  mr::nn::Sequential net_ =
      register_module("net", mr::nn::Sequential{mr::nn::Linear(4, 64), mr::nn::Tanh(), mr::nn::Linear(64, 2)});
};

struct Step {
  at::Tensor state;
  int64_t action = 0;
  double advantage = 0;  // how much more was to come than from an average step
};

/// One episode. `explores`: actions are drawn by their chances; otherwise the likelier one is taken.
std::deque<Step> play(Policy& policy, std::mt19937_64& random, bool explores) {
  const at::NoGradGuard no_grad;
  CartPole world(random);
  std::deque<Step> steps;
  for (bool stands = true; stands && static_cast<int64_t>(steps.size()) < kMostSteps;) {
    const at::Tensor state = world.state();
    const double right = policy.forward(state.unsqueeze(0)).softmax(1).select(1, 1).item<double>();
    const double limit = explores ? std::uniform_real_distribution<double>(0, 1)(random) : 0.5;
    const bool goes_right = limit < right;
    steps.push_back({state, goes_right ? 1 : 0});
    stands = world.push(goes_right);
  }
  return steps;
}

/// The steps of episodes, one after the other. It has no state: a resume begins with a new episode.
class Episodes final : public mr::StreamDataset {
 public:
  explicit Episodes(std::shared_ptr<Policy> policy) : policy_(std::move(policy)) {}
  bool next(mr::Sample& sample) override {
    if (steps_.empty()) begin_episode();
    sample.set("state"_key, steps_.front().state);
    sample.set("action"_key, steps_.front().action);
    sample.set("advantage"_key, steps_.front().advantage);
    steps_.pop_front();
    return true;
  }

 private:
  void begin_episode() {
    steps_ = play(*policy_, random_, true);
    double to_come = 0;
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      to_come = 1 + 0.99 * to_come;
      mean_ += 0.001 * (to_come - mean_);
      step->advantage = (to_come - mean_) / 30;
    }
  }
  std::shared_ptr<Policy> policy_;
  std::mt19937_64 random_{0};
  std::deque<Step> steps_;
  double mean_ = 10;
};

}  // namespace

int main(int argc, char** argv) {
  const int64_t iterations = argc > 1 ? std::atoll(argv[1]) : 300;
  mr::seed_generators(0);  // of the weights at the start
  const auto policy = std::make_shared<Policy>();
  mr::RunnerOptions options{.model = policy};
  options.work_dir = "work_dirs/cart_pole";
  options.train_dataloader = mr::DataLoader::Options{.dataset = std::make_shared<Episodes>(policy), .batch_size = 1000};
  options.train_cfg = mr::use<mr::IterBasedTrainLoop>({.max_iters = iterations});
  options.optim_wrapper = mr::use<mr::OptimWrapper>({.optimizer = mr::use<mr::Adam>({.lr = 0.01})});
  options.randomness.seed = 0;
  mr::Runner runner(std::move(options));
  runner.train();

  std::mt19937_64 random(1);
  double total = 0;
  for (int64_t episode = 0; episode < 20; ++episode) total += static_cast<double>(play(*policy, random, false).size());
  fmt::print("mean return of 20 episodes: {:.0f} of {}\n", total / 20, kMostSteps);
}
