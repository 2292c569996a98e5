// A training step under the Runner, with all default hooks, against the loop that one would write by hand on libtorch:
// the same network, data, fused optimizer and allocator settings; of ResNet-20, the network by hand of plain torch::nn
// modules, too. Blocks of both alternate in one process, and so do blocks of the hand-written loop with itself, whose
// spread says what a difference means.
//
//     bench_training [MLP|LeNet|ResNet-20]
#include <ATen/autocast_mode.h>
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
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <filesystem>

#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/memory_format.h"
#include "millrace/nn/resnet_classifier.h"
#include "millrace/optim/loss_map.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

constexpr int64_t kSamples = 2048;
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

/// The library's ResNet-20.
struct ResNet20OfTheLibrary final : Network {
  at::Tensor forward(const at::Tensor& x) override { return net(x); }
  nn::ResNetClassifier net = register_module("net", nn::ResNetClassifier(nn::ResNetClassifierImpl::Options{
                                                        .depth = 20, .num_classes = 10, .small_images = true}));
};

/// The same network as one writes it with libtorch alone.
struct BlockByHand final : torch::nn::Module {
  BlockByHand(int64_t in, int64_t out) {
    const auto conv = [](int64_t from, int64_t to, int64_t stride) {
      return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 3).stride(stride).padding(1).bias(false));
    };
    const int64_t stride = in == out ? 1 : 2;
    conv1 = register_module("conv1", conv(in, out, stride));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(out));
    conv2 = register_module("conv2", conv(out, out, 1));
    bn2 = register_module("bn2", torch::nn::BatchNorm2d(out));
    if (in != out)
      downsample = register_module(
          "downsample",
          torch::nn::Sequential(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1).stride(stride).bias(false)),
                                torch::nn::BatchNorm2d(out)));
  }
  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = bn2(conv2(bn1(conv1(x)).relu_()));
    y += downsample.is_empty() ? x : downsample->forward(x);
    return y.relu_();
  }
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  torch::nn::Sequential downsample{nullptr};
};

struct ResNet20ByHand final : Network {
  ResNet20ByHand() {
    conv1 = register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 16, 3).padding(1).bias(false)));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(16));
    int64_t channels = 16;
    for (int64_t i = 0; i < 9; ++i) {
      const int64_t out = 16 << (i / 3);
      blocks.push_back(register_module("block" + std::to_string(i), std::make_shared<BlockByHand>(channels, out)));
      channels = out;
    }
    fc = register_module("fc", torch::nn::Linear(64, 10));
  }
  at::Tensor forward(const at::Tensor& x) override {
    at::Tensor y = bn1(conv1(x)).relu_();
    for (const auto& block : blocks) y = block->forward(y);
    return fc(y.mean({2, 3}));
  }
  torch::nn::Conv2d conv1{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr};
  std::vector<std::shared_ptr<BlockByHand>> blocks;
  torch::nn::Linear fc{nullptr};
};

/// How both sides train.
struct Settings {
  std::string name;
  int64_t batch, block, pairs;
  bool channels_last = false;
  bool bf16 = false;
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
  HandLoop(std::shared_ptr<Network> net, at::Tensor inputs, at::Tensor labels, const Settings& settings)
      : net_(std::move(net)),
        inputs_(std::move(inputs)),
        labels_(std::move(labels)),
        order_(at::randperm(kSamples)),
        batch_(settings.batch),
        bf16_(settings.bf16) {
    if (settings.channels_last) nn::to_channels_last(view_of(*net_));
    for (const at::Tensor& param : net_->parameters()) {
      params_.push_back(param);
      momenta_.push_back(at::zeros_like(param));
    }
  }
  void step() {
    if (next_ + batch_ > kSamples) next_ = 0, order_ = at::randperm(kSamples);
    const at::Tensor rows = order_.slice(0, next_, next_ + batch_);
    next_ += batch_;
    at::autocast::set_autocast_enabled(at::kCPU, bf16_);
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    const at::Tensor loss =
        at::cross_entropy_loss(net_->forward(inputs_.index_select(0, rows)), labels_.index_select(0, rows));
    at::autocast::set_autocast_enabled(at::kCPU, false);
    if (bf16_) at::autocast::clear_cache();
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
  int64_t batch_, next_ = 0;
  bool bf16_, first_ = true;
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

/// `engine` and `hand` may be one network: two of them lie elsewhere in memory, which alone makes a difference of some
/// percent where a step takes microseconds.
void compare(const Settings& settings, const std::shared_ptr<Network>& engine, const std::shared_ptr<Network>& hand,
             const at::Tensor& inputs, const std::filesystem::path& folder) {
  const at::Tensor labels = at::randint(10, {kSamples}, at::kLong);
  HandLoop hand_loop(hand, inputs, labels, settings);
  AlternatingLoop::hand = &hand_loop;
  AlternatingLoop::ratios = {};
  RunnerOptions options{.model = std::make_shared<BenchModel>(engine)};
  options.work_dir = (folder / settings.name).string();
  options.channels_last = settings.channels_last;
  options.precision = settings.bf16 ? Precision::bf16 : Precision::fp32;
  DataLoader::Options loader{.dataset = std::make_shared<TensorDataset>(
                                 TensorDataset::Columns{{keys::inputs, inputs}, {keys::gt_label, labels}})};
  loader.batch_size = settings.batch;
  options.train_dataloader = loader;
  options.train_cfg = component<AlternatingLoop>({.block = settings.block, .pairs = settings.pairs});
  options.optim_wrapper = Component<OptimWrapper>(
      component<OptimWrapper>({.optimizer = component<SGD>({.lr = kRate, .momentum = kMomentum})}));
  Runner runner(std::move(options));
  runner.train();
  Ratios& ratios = AlternatingLoop::ratios;
  std::sort(ratios.engine.begin(), ratios.engine.end());
  std::sort(ratios.hand.begin(), ratios.hand.end());
  fmt::print(
      "{:<28} engine / hand {:.3f} ({:.3f} to {:.3f})   hand / hand {:.3f} ({:.3f} to {:.3f})   hand {:.0f} us a step, "
      "{:.0f} samples/s\n",
      settings.name, median(ratios.engine), ratios.engine.front(), ratios.engine.back(), median(ratios.hand),
      ratios.hand.front(), ratios.hand.back(), ratios.hand_us,
      1e6 * static_cast<double>(settings.batch) / ratios.hand_us);
  std::fflush(stdout);
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  millrace::configure_process({});
  millrace::seed_generators(0);
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_bench_XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  const std::string only = argc > 1 ? argv[1] : "";
  const auto wanted = [&](const char* name) { return only.empty() || only == name; };
  fmt::print("training steps, {} threads, {}\n", millrace::operator_threads(), millrace::instruction_set());
  constexpr int64_t kSamples = millrace::kSamples;
  if (wanted("MLP")) {
    const auto net = std::make_shared<millrace::Mlp>();
    millrace::compare({"MLP", 32, 100, 61}, net, net, at::randn({kSamples, 784}), folder);
  }
  if (wanted("LeNet")) {
    const auto net = std::make_shared<millrace::LeNetOfTheBench>();
    millrace::compare({"LeNet", 32, 20, 61}, net, net, at::randn({kSamples, 1, 28, 28}), folder);
  }
  if (wanted("ResNet-20"))
    for (const millrace::Settings& settings :
         {millrace::Settings{"ResNet-20 fp32", 128, 2, 9},
          millrace::Settings{"ResNet-20 fp32 channels last", 128, 2, 9, true},
          millrace::Settings{"ResNet-20 bf16 channels last", 128, 2, 9, true, true}})
      millrace::compare(settings, std::make_shared<millrace::ResNet20OfTheLibrary>(),
                        std::make_shared<millrace::ResNet20ByHand>(), at::randn({kSamples, 3, 32, 32}), folder);
  std::filesystem::remove_all(folder);
}
