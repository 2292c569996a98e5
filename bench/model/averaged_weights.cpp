// An average of ResNet-50's parameters (25.6 M numbers in 161 tensors) against an in-place axpy of the same tensors, and
// an exchange of the two sets of weights. Sides take turns; each figure is the median over rounds. One JSON object a
// line: medians and quartiles in µs, and the ratio to the first side.

#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "millrace/model/averaged_weights.h"
#include "millrace/model/averages/exponential_moving_average.h"
#include "millrace/model/model.h"
#include "millrace/structures/loss_map.h"

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRounds = 15;

/// Parameters without a network.
class Parameters final : public Model {
 public:
  explicit Parameters(const std::vector<std::vector<int64_t>>& shapes) {
    for (const auto& shape : shapes) tensors.push_back(at::randn(shape).requires_grad_());
  }
  LossMap train_step(Batch&, OptimSet&) override { return {}; }
  void val_step(Batch&) override {}
  ModuleView modules() const override {
    ModuleView view;
    for (size_t i = 0; i < tensors.size(); ++i) view.params.push_back({"p" + std::to_string(i), tensors[i]});
    return view;
  }
  void set_training(bool) override {}
  bool is_training() const override { return true; }
  void to(const c10::Device&) override {}
  c10::Device device() const override { return c10::kCPU; }

  std::vector<at::Tensor> tensors;
};

/// Of torchvision's ResNet-50: stem, 16 bottlenecks and the classifier.
std::vector<std::vector<int64_t>> resnet50_shapes() {
  std::vector<std::vector<int64_t>> shapes;
  const auto conv = [&](int64_t out, int64_t in, int64_t kernel) {
    shapes.push_back({out, in, kernel, kernel});
    shapes.push_back({out});
    shapes.push_back({out});
  };
  conv(64, 3, 7);
  int64_t in = 64, width = 64;
  for (const int blocks : {3, 4, 6, 3}) {
    for (int block = 0; block < blocks; ++block) {
      conv(width, in, 1);
      conv(width, width, 3);
      conv(4 * width, width, 1);
      if (block == 0) conv(4 * width, in, 1);
      in = 4 * width;
    }
    width *= 2;
  }
  shapes.push_back({1000, 2048});
  shapes.push_back({1000});
  return shapes;
}

struct Side {
  const char* name;
  std::function<void()> once;
  std::vector<double> rounds{};
};

void compare(const char* what, std::vector<Side> sides, int repeats) {
  for (int round = -1; round < kRounds; ++round)
    for (Side& side : sides) {
      const auto start = Clock::now();
      for (int i = 0; i < repeats; ++i) side.once();
      const double us = std::chrono::duration<double, std::micro>(Clock::now() - start).count() / repeats;
      if (round >= 0) side.rounds.push_back(us);
    }
  std::printf("{\"case\": \"%s\"", what);
  double first = 0;
  for (Side& side : sides) {
    std::sort(side.rounds.begin(), side.rounds.end());
    const double median = side.rounds[kRounds / 2];
    if (first == 0) first = median;
    std::printf(", \"%s\": {\"us\": %.3f, \"quartiles\": [%.3f, %.3f], \"ratio\": %.3f}", side.name, median,
                side.rounds[kRounds / 4], side.rounds[kRounds * 3 / 4], median / first);
  }
  std::printf("}\n");
}

void bench(const char* what, const std::vector<std::vector<int64_t>>& shapes, int repeats) {
  const at::NoGradGuard no_grad;
  Parameters model(shapes);
  AveragedWeights average(std::make_shared<ExponentialMovingAverage>());
  average.update(model);
  std::vector<at::Tensor> sums;
  for (const at::Tensor& tensor : model.tensors) sums.push_back(at::zeros_like(tensor));
  compare(what,
          {{"axpy",
            [&] {
              for (size_t i = 0; i < sums.size(); ++i) sums[i].add_(model.tensors[i], 1e-4);
            }},
           {"average", [&] { average.update(model); }},
           {"exchange", [&] { average.exchange(), average.exchange(); }}},
          repeats);
}

}  // namespace
}  // namespace millrace

int main() {
  millrace::bench("ResNet-50", millrace::resnet50_shapes(), 3);
  millrace::bench("20 tensors of 100", std::vector<std::vector<int64_t>>(20, {100}), 1000);
  millrace::bench("one number", std::vector<std::vector<int64_t>>(1), 10000);
  return 0;
}
