// One step of SGD and AdamW against torch::optim and against the bare fused kernels, of all other rules against the fused
// AdamW, of an update against the lines
// that one writes by hand, and of a schedule. Sides take turns in one run; each figure is the median over rounds, in
// µs.

#include <torch/nn/modules/linear.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "millrace/config/config.h"
#include "millrace/optim/adam.h"
#include "millrace/optim/muon.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/cosine_annealing_lr.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/optim/sgd.h"

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;

struct Side {
  const char* name;
  std::function<void()> once;
  std::vector<double> rounds{};
};

/// Prints one JSON object a line: medians and quartiles of all sides, and the ratio of each to the first.
void compare(const char* what, std::vector<Side> sides, int rounds, int repeats) {
  for (int r = -1; r < rounds; ++r) {
    for (Side& side : sides) {
      const auto start = Clock::now();
      for (int i = 0; i < repeats; ++i) side.once();
      const double us = std::chrono::duration<double, std::micro>(Clock::now() - start).count() / repeats;
      if (r >= 0) side.rounds.push_back(us);
    }
  }
  std::printf("{\"case\": \"%s\"", what);
  double first = 0;
  for (Side& side : sides) {
    std::sort(side.rounds.begin(), side.rounds.end());
    const double median = side.rounds[side.rounds.size() / 2];
    if (first == 0) first = median;
    std::printf(", \"%s\": {\"us\": %.3f, \"quartiles\": [%.3f, %.3f], \"ratio\": %.3f}", side.name, median,
                side.rounds[side.rounds.size() / 4], side.rounds[side.rounds.size() * 3 / 4], median / first);
  }
  std::printf("}\n");
  std::fflush(stdout);
}

std::vector<at::Tensor> params_of(const std::vector<std::vector<int64_t>>& shapes) {
  std::vector<at::Tensor> params;
  for (const auto& shape : shapes) {
    params.push_back(at::randn(shape).requires_grad_());
    params.back().mutable_grad() = at::randn(shape);
  }
  return params;
}

std::vector<at::Tensor> zeros_of(const std::vector<at::Tensor>& params) {
  std::vector<at::Tensor> zeros;
  for (const auto& param : params) zeros.push_back(at::zeros_like(param));
  return zeros;
}

void bench_steps(const std::string& net, const std::vector<std::vector<int64_t>>& shapes, int repeats) {
  const auto params = params_of(shapes);
  std::vector<at::Tensor> grads;
  for (const auto& param : params) grads.push_back(param.grad());
  {
    AdamW ours({ParamGroup(params)}, {.lr = 1e-6});
    torch::optim::AdamW theirs(params, torch::optim::AdamWOptions(1e-6));
    const auto means = zeros_of(params), squares = zeros_of(params);
    const std::vector<at::Tensor> steps(params.size(), at::ones({}));
    compare((net + " AdamW step").c_str(),
            {{"bare_kernel",
              [&] {
                const at::NoGradGuard no_grad;
                at::_fused_adamw_(params, grads, means, squares, {}, steps, 1e-6, 0.9, 0.999, 0.01, 1e-8, false, false);
              }},
             {"millrace", [&] { ours.step(); }},
             {"torch_optim", [&] { theirs.step(); }}},
            11, repeats);
  }
  SGD ours({ParamGroup(params)}, {.lr = 1e-6, .momentum = 0.9});
  torch::optim::SGD theirs(params, torch::optim::SGDOptions(1e-6).momentum(0.9));
  const auto buffers = zeros_of(params);
  compare((net + " SGD step").c_str(),
          {{"bare_kernel",
            [&] {
              const at::NoGradGuard no_grad;
              at::_fused_sgd_(params, grads, buffers, 0, 0.9, 1e-6, 0, false, false, false);
            }},
           {"millrace", [&] { ours.step(); }},
           {"torch_optim", [&] { theirs.step(); }}},
          11, repeats);
}

/// A rule and the words that it moves for each element, read or written, against libtorch's fused AdamW, which moves 7.
struct Rule {
  const char* config;
  double words;
};

/// All rules, in turns with the fused AdamW. `bound` is the ratio that a rule at AdamW's speed per word would have.
void bench_rules(const std::string& net, const std::vector<std::vector<int64_t>>& shapes, int repeats) {
  const std::vector<Rule> rules = {
      {"{'type': 'AdamW', 'lr': 1e-6}", 7},
      {"{'type': 'SGD', 'lr': 1e-6, 'momentum': 0.9}", 5},
      {"{'type': 'Adagrad', 'lr': 1e-6}", 5},
      {"{'type': 'Adamax', 'lr': 1e-6}", 7},
      {"{'type': 'NAdam', 'lr': 1e-6}", 7},
      {"{'type': 'RAdam', 'lr': 1e-6}", 7},
      {"{'type': 'Adadelta', 'lr': 1e-6}", 7},
      {"{'type': 'RMSprop', 'lr': 1e-6}", 5},
      {"{'type': 'RMSprop', 'lr': 1e-6, 'momentum': 0.9, 'centered': True}", 9},
      {"{'type': 'Rprop', 'lr': 1e-6}", 7},
      {"{'type': 'ASGD', 'lr': 1e-6}", 5},
      {"{'type': 'Lion', 'lr': 1e-6}", 5},
      {"{'type': 'Adan', 'lr': 1e-6}", 11},
      {"{'type': 'SGDScheduleFree', 'lr': 1e-6}", 5},
      {"{'type': 'AdamWScheduleFree', 'lr': 1e-6}", 7},
      {"{'type': 'Lamb', 'lr': 1e-6}", 11},
      {"{'type': 'Lars', 'lr': 1e-6, 'momentum': 0.9, 'weight_decay': 1e-4}", 7},
      {"{'type': 'TorchAdafactor', 'lr': 1e-6}", 7},
  };
  const auto params = params_of(shapes);
  for (const Rule& rule : rules) {
    const Config config =
        Config::from_string(std::string("optimizer = ") + rule.config, Config::Format::python, "bench.py");
    const auto ours = Optimizer::Registry::build(*config.tree.find("optimizer"), "", {ParamGroup(params)});
    const auto means = zeros_of(params), squares = zeros_of(params);
    const std::vector<at::Tensor> steps(params.size(), at::ones({}));
    std::vector<at::Tensor> grads;
    for (const auto& param : params) grads.push_back(param.grad());
    compare(fmt::format("{} {} (at AdamW's speed {:.2f})", net, rule.config, rule.words / 7).c_str(),
            {{"fused_adamw",
              [&] {
                const at::NoGradGuard no_grad;
                at::_fused_adamw_(params, grads, means, squares, {}, steps, 1e-6, 0.9, 0.999, 0.01, 1e-8, false, false);
              }},
             {"millrace", [&] { ours->step(); }}},
            11, repeats);
  }
}

/// Matrices of a transformer, in single precision: the iteration is in bfloat16, and by libtorch's products. Against the
/// products alone.
void bench_muon() {
  const auto params = params_of(std::vector<std::vector<int64_t>>(12, {512, 2048}));
  Muon ours({ParamGroup(params)}, {.lr = 1e-6});
  const at::Tensor x = at::randn({512, 2048}).to(at::kBFloat16);
  compare("12 matrices of 512 x 2048, Muon step",
          {{"products",
            [&] {
              for (size_t i = 0; i < 12 * 5; ++i) {
                const at::Tensor gram = at::mm(x, x.t());
                at::addmm(x, at::addmm(gram, gram, gram, -4.775, 2.0315), x, 3.4445);
              }
            }},
           {"millrace", [&] { ours.step(); }}},
          3, 1);
}

/// The 161 parameters of ResNet-50: 25,557,032 elements.
std::vector<std::vector<int64_t>> resnet50_shapes() {
  std::vector<std::vector<int64_t>> shapes;
  const auto add = [&](int64_t out, int64_t in, int64_t kernel) {
    shapes.push_back({out, in, kernel, kernel});
    shapes.insert(shapes.end(), 2, {out});  // its batch norm
  };
  add(64, 3, 7);
  int64_t in = 64;
  for (int64_t stage = 0; stage < 4; ++stage) {
    const int64_t width = 64 << stage, blocks = std::vector<int64_t>{3, 4, 6, 3}[static_cast<size_t>(stage)];
    for (int64_t block = 0; block < blocks; ++block) {
      add(width, in, 1);
      add(width, width, 3);
      add(4 * width, width, 1);
      if (block == 0) add(4 * width, in, 1);
      in = 4 * width;
    }
  }
  shapes.push_back({1000, 2048});
  shapes.push_back({1000});
  return shapes;
}

void bench_update() {
  torch::nn::Linear layer(64, 10);
  const at::Tensor input = at::randn({32, 64});
  OptimWrapper optim(view_of(*layer), {.optimizer = use<SGD>({.lr = 1e-9, .momentum = 0.9})});
  OptimWrapper clipped(view_of(*layer),
                       {.optimizer = use<SGD>({.lr = 1e-9, .momentum = 0.9}), .clip_grad = ClipNorm{.max_norm = 1e9}});
  std::vector<at::Tensor> params = layer->parameters(), grads;
  const auto buffers = zeros_of(params);
  compare("forward and update of one linear layer",
          {{"by_hand",
            [&] {
              layer->forward(input).sum().backward();
              const at::NoGradGuard no_grad;
              grads.clear();
              for (const auto& param : params) grads.push_back(param.grad());
              at::_fused_sgd_(params, grads, buffers, 0, 0.9, 1e-9, 0, false, false, false);
              for (const auto& param : params) param.mutable_grad().reset();
            }},
           {"millrace", [&] { optim.update(layer->forward(input).sum()); }},
           {"millrace_clip_norm", [&] { clipped.update(layer->forward(input).sum()); }}},
          21, 500);
}

void bench_schedule() {
  torch::nn::Linear layer(4, 4);
  OptimWrapper optim(view_of(*layer), {.optimizer = use<SGD>({.lr = 0.1})});
  ParamSchedulers schedulers({.max_iters = 1'000'000'000});
  schedulers.add(std::make_shared<CosineAnnealingLR>(optim, CosineAnnealingLR::Options{.range = {.by_epoch = false}}));
  compare("cosine schedule step", {{"millrace", [&] { schedulers.step_iter(); }}}, 15, 100000);
}

}  // namespace

void run_optimizer_benchmarks() {
  std::printf("{\"isa\": \"%s\", \"threads\": %d}\n", at::get_cpu_capability().c_str(), at::get_num_threads());
  const std::vector<std::vector<int64_t>> mlp = {{128, 784}, {128}, {10, 128}, {10}},
                                          lenet = {{8, 1, 5, 5}, {8},       {8},  {16, 8, 5, 5}, {16},
                                                   {16},         {64, 400}, {64}, {10, 64},      {10}},
                                          large(20, {500, 500}), small(20, {1000});
  bench_steps("MLP 784-128-10", mlp, 200);
  bench_steps("LeNet", lenet, 200);
  bench_steps("20 tensors of 250,000", large, 3);
  bench_rules("20 tensors of 1,000", small, 200);
  bench_rules("ResNet-50", resnet50_shapes(), 1);
  bench_muon();
  bench_update();
  bench_schedule();
}

}  // namespace millrace

int main() { millrace::run_optimizer_benchmarks(); }
