// A network and two metrics of your own on the files of CIFAR-10 in data/cifar10 (made by tools/make_cifar10).
//     cifar10                            trains, validates and tests a Runner that is built from instances
//     cifar10 train examples/cifar10.py  is the whole command with these components: the same numbers, bit for bit
#include <ATen/ops/cross_entropy_loss.h>

#include "millrace/cli/main.h"
#include "millrace/data/transforms/random_flip.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/schedulers/cosine_annealing_lr.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"
#include "millrace/zoo/classification/datasets/cifar.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/transforms/pack_inputs.h"
#include "millrace/zoo/classification/transforms/random_crop.h"
using namespace millrace;
using namespace millrace::classification;

struct SmallNet final : BaseModel {
  SmallNet() : BaseModel(std::make_shared<ImgDataPreprocessor>(ImgDataPreprocessor::Options{{{121.}}, {{64.}}})) {}
  static nn::Sequential block(int64_t in, int64_t out) {
    const auto conv = nn::Conv2dOptions(in, out, 3).padding(1).bias(false);
    return nn::Sequential{nn::Conv2d(conv), nn::BatchNorm2d(out), nn::ReLU(), nn::MaxPool2d(2)};
  }
  at::Tensor forward(at::Tensor x) override { return head_(body_(x).mean({2, 3})); }  // (N, 3, 32, 32) to (N, 10)
  LossMap loss(Batch& b) override {
    return {{"loss"_key, at::cross_entropy_loss(forward(b.tensor(keys::inputs)), b.tensor(keys::gt_label))}};
  }
  void predict(Batch& b) override { b.set(keys::pred_score, Dense{forward(b.tensor(keys::inputs)).softmax(1)}); }
  nn::Sequential body_ = register_module("body", nn::Sequential{block(3, 64), block(64, 128), block(128, 256)});
  nn::Linear head_ = register_module("head", nn::Linear(256, 10));
};
struct RowMean : Metric {  // the mean of a figure that each row has
  using Figure = at::Tensor (*)(const at::Tensor& p, const at::Tensor& y);
  RowMean(const char* name, Figure figure) : Metric(""), name_(name), figure_(figure) {}
  void process(const Batch& b) override {
    sum_ += figure_(b.tensor(keys::pred_score), b.tensor(keys::gt_label)).sum().item<double>();
    rows_ += static_cast<double>(b.size());
  }
  State partial() const override { return State::tuple({sum_, rows_}); }
  void absorb(const State& other) override { sum_ += other.items()[0].number(), rows_ += other.items()[1].number(); }
  MetricMap compute() override { return {{name_, sum_ / rows_}}; }
  void reset() override { sum_ = rows_ = 0; }
  const char* name_;
  Figure figure_;
  double sum_ = 0, rows_ = 0;
};
struct HitRate final : RowMean {
  HitRate() : RowMean("hit_rate", [](auto& p, auto& y) { return p.argmax(1).eq(y); }) {}
};
struct LikelihoodLoss final : RowMean {
  LikelihoodLoss() : RowMean("nll", [](auto& p, auto& y) { return -p.gather(1, y.view({-1, 1})).log(); }) {}
};
MILLRACE_REGISTER(Model, SmallNet);
MILLRACE_REGISTER(Metric, HitRate);
MILLRACE_REGISTER(Metric, LikelihoodLoss);
DataLoader::Options images(CIFAR10::Split split, int64_t rows, std::vector<Component<Transform>> pipeline) {
  const CIFAR10::Options data{.data_root = "data/cifar10", .split = split, .common = {.pipeline = pipeline}};
  return {.dataset = std::make_shared<CIFAR10>(data), .batch_size = rows, .num_workers = 2};
}
int main(int argc, char** argv) {
  if (argc > 1) return millrace::main(argc, argv);
  seed_generators(0);  // the weights of an instance are drawn before there is a Runner
  RunnerOptions o{.model = std::make_shared<SmallNet>(), .work_dir = "work_dirs/cifar10", .randomness = {.seed = 0}};
  const auto crop = use<RandomCrop>({.crop_size = 32, .padding = 4});
  o.train_dataloader = images(CIFAR10::Split::train, 128, {crop, use<RandomFlip>({.prob = 0.5}), use<PackInputs>()});
  o.val_dataloader = o.test_dataloader = images(CIFAR10::Split::test, 500, {use<PackInputs>()});
  o.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 10}), o.val_cfg = use<ValLoop>(), o.test_cfg = use<TestLoop>();
  o.val_evaluator = o.test_evaluator = {std::make_shared<HitRate>(), std::make_shared<LikelihoodLoss>()};
  const auto sgd = use<SGD>({.lr = 0.05, .momentum = 0.9, .weight_decay = 5e-4, .nesterov = true});
  o.optim_wrapper = use<OptimWrapper>({.optimizer = sgd});
  o.param_scheduler = use<CosineAnnealingLR>({.T_max = 10});
  Runner runner(std::move(o));
  runner.train();
  for (const auto& [name, value] : runner.test()) std::printf("%s %.17g\n", name.c_str(), value.number());
}
