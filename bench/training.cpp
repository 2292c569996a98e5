// A training step under the Runner, with all default hooks, against the loop that one would write by hand on libtorch:
// the same network, data, fused optimizer and allocator settings. Blocks of both alternate in one process, and so do
// blocks of the hand-written loop with itself, whose spread says what a difference means.
//
//     bench_training
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <filesystem>

#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/loss_map.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

constexpr int64_t kBatch = 32, kSamples = 2048;
constexpr double kRate = 0.01, kMomentum = 0.9;

struct Network : torch::nn::Module {
  virtual at::Tensor forward(const at::Tensor& x) = 0;
};

struct Mlp final : Network {
  Mlp() {
    hidden = register_module("hidden", nn::Linear(784, 128));
    out = register_module("out", nn::Linear(128, 10));
  }
  at::Tensor forward(const at::Tensor& x) override { return out(at::relu(hidden(x.flatten(1)))); }
  nn::Linear hidden{nullptr}, out{nullptr};
};

struct LeNetOfTheBench final : Network {
  LeNetOfTheBench() {
    conv1 = register_module("conv1", nn::Conv2d(nn::Conv2dOptions(1, 6, 5).padding(2)));
    conv2 = register_module("conv2", nn::Conv2d(nn::Conv2dOptions(6, 16, 5)));
    fc1 = register_module("fc1", nn::Linear(400, 120));
    fc2 = register_module("fc2", nn::Linear(120, 84));
    fc3 = register_module("fc3", nn::Linear(84, 10));
  }
  at::Tensor forward(const at::Tensor& x) override {
    at::Tensor y = at::max_pool2d(at::relu(conv1(x)), 2);
    y = at::max_pool2d(at::relu(conv2(y)), 2).flatten(1);
    return fc3(at::relu(fc2(at::relu(fc1(y)))));
  }
  nn::Conv2d conv1{nullptr}, conv2{nullptr};
  nn::Linear fc1{nullptr}, fc2{nullptr}, fc3{nullptr};
};

const Key kLoss("loss");

/// What runs under the Runner.
class BenchModel final : public BaseModel {
 public:
  explicit BenchModel(std::shared_ptr<Network> net) : net_(register_module("net", std::move(net))) {}
  LossMap loss(Batch& batch) override {
    return {{kLoss, at::cross_entropy_loss(net_->forward(batch.tensor(keys::inputs)), batch.tensor(keys::gt_label))}};
  }
  void predict(Batch&) override {}

 private:
  std::shared_ptr<Network> net_;
};

/// What one would write by hand.
class HandLoop {
 public:
  HandLoop(std::shared_ptr<Network> net, at::Tensor inputs, at::Tensor labels)
      : net_(std::move(net)), inputs_(std::move(inputs)), labels_(std::move(labels)), order_(at::randperm(kSamples)) {
    for (const at::Tensor& param : net_->parameters()) {
      params_.push_back(param);
      momenta_.push_back(at::zeros_like(param));
    }
  }
  void step() {
    if (next_ + kBatch > kSamples) next_ = 0, order_ = at::randperm(kSamples);
    const at::Tensor rows = order_.slice(0, next_, next_ + kBatch);
    next_ += kBatch;
    const at::Tensor loss =
        at::cross_entropy_loss(net_->forward(inputs_.index_select(0, rows)), labels_.index_select(0, rows));
    loss.backward();
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> grads;
    for (const at::Tensor& param : params_) grads.push_back(param.grad());
    at::_fused_sgd_(params_, grads, momenta_, 0.0, kMomentum, kRate, 0.0, false, false, first_);
    first_ = false;
    for (at::Tensor& param : params_) param.mutable_grad().reset();
  }

 private:
  std::shared_ptr<Network> net_;
  at::Tensor inputs_, labels_, order_;
  std::vector<at::Tensor> params_, momenta_;
  int64_t next_ = 0;
  bool first_ = true;
};

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

struct Ratios {
  std::vector<double> engine, hand;  // speed of the block against the hand-written block beside it
  double hand_us = 0;
};

/// A loop that gives blocks of iterations to the Runner and to the hand-written loop in turn.
class AlternatingLoop final : public TrainLoop {
 public:
  struct Options {
    int64_t block = 100, pairs = 61;
    template <class F>
    static void describe(F& f) {
      f("block", &Options::block, "iterations of a block").at_least(1);
      f("pairs", &Options::pairs, "pairs of blocks").at_least(1);
    }
  };
  AlternatingLoop(Runner& runner, Options options) : TrainLoop(runner), options_(options) {}
  static inline HandLoop* hand = nullptr;
  static inline Ratios ratios{};

  void run() override {
    MILLRACE_CALL_HOOKS(runner_.hooks(), before_train, RunPoint{runner_});
    MILLRACE_CALL_HOOKS(runner_.hooks(), before_train_epoch, RunPoint{runner_});
    runner_.model().set_training(true);
    engine_block();  // warm
    hand_block();
    std::vector<double> hand_times;
    for (int64_t pair = 0; pair < options_.pairs; ++pair) {
      const double first = hand_block(), engine = engine_block(), second = hand_block();
      ratios.engine.push_back((first + second) / 2 / engine);
      ratios.hand.push_back(first / second);
      hand_times.push_back(first);
    }
    std::sort(hand_times.begin(), hand_times.end());
    ratios.hand_us = hand_times[hand_times.size() / 2] * 1e6 / static_cast<double>(options_.block);
  }
  int64_t max_epochs() const override { return 1; }
  int64_t max_iters() const override { return options_.block * (options_.pairs + 1); }
  bool by_epoch() const override { return false; }

 private:
  double engine_block() {
    const auto begin = Clock::now();
    for (int64_t i = 0; i < options_.block;) {
      Batch* batch = started_ ? runner_.loader(Mode::train).next() : nullptr;
      if (!batch) {
        runner_.loader(Mode::train).start(progress_.pass++, 0);
        started_ = true;
        continue;
      }
      run_iter(*batch, progress_.iter);
      serve_requests(false);
      ++i;
    }
    return seconds_since(begin);
  }
  double hand_block() const {
    const auto begin = Clock::now();
    for (int64_t i = 0; i < options_.block; ++i) hand->step();
    return seconds_since(begin);
  }
  Options options_;
  bool started_ = false;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Net>
void compare(const char* name, const at::Tensor& inputs, int64_t block, const std::filesystem::path& folder) {
  const at::Tensor labels = at::randint(10, {kSamples}, at::kLong);
  // One network for both: two of them lie elsewhere in memory, which alone makes a difference of some percent.
  const auto net = std::make_shared<Net>();
  HandLoop hand(net, inputs, labels);
  AlternatingLoop::hand = &hand;
  AlternatingLoop::ratios = {};
  RunnerOptions options{.model = std::make_shared<BenchModel>(net)};
  options.work_dir = (folder / name).string();
  DataLoader::Options loader{.dataset = std::make_shared<TensorDataset>(
                                 TensorDataset::Columns{{keys::inputs, inputs}, {keys::gt_label, labels}})};
  loader.batch_size = kBatch;
  options.train_dataloader = loader;
  options.train_cfg = component<AlternatingLoop>({.block = block});
  options.optim_wrapper = Component<OptimWrapper>(
      component<OptimWrapper>({.optimizer = component<SGD>({.lr = kRate, .momentum = kMomentum})}));
  Runner runner(std::move(options));
  runner.train();
  Ratios& ratios = AlternatingLoop::ratios;
  std::sort(ratios.engine.begin(), ratios.engine.end());
  std::sort(ratios.hand.begin(), ratios.hand.end());
  fmt::print(
      "{:<6} engine / hand {:.3f} ({:.3f} to {:.3f})   hand / hand {:.3f} ({:.3f} to {:.3f})   hand {:.0f} us a step\n",
      name, median(ratios.engine), ratios.engine.front(), ratios.engine.back(), median(ratios.hand),
      ratios.hand.front(), ratios.hand.back(), ratios.hand_us);
}

}  // namespace
}  // namespace millrace

int main() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  millrace::configure_process({});
  millrace::seed_generators(0);
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_bench_XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  fmt::print("training steps, batch 32, {} threads, {}\n", millrace::operator_threads(), millrace::instruction_set());
  millrace::compare<millrace::Mlp>("MLP", at::randn({millrace::kSamples, 784}), 100, folder);
  millrace::compare<millrace::LeNetOfTheBench>("LeNet", at::randn({millrace::kSamples, 1, 28, 28}), 20, folder);
  std::filesystem::remove_all(folder);
}
