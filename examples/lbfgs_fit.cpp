// A curve that is fitted to measurements with LBFGS: four numbers, all points in one batch, in double precision. The
// optimizer evaluates the loss as often as it needs for a step; the standard step of a model lets it.
//
//     lbfgs_fit [steps]
//
// Run whole it finds the numbers that made the points, and prints a residual below 1e-8.
#include <ATen/ops/exp.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/optim/lbfgs.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/operators.h"
#include "millrace/tensor/process.h"

namespace mr = millrace;
using namespace mr::literals;  // "time"_key

namespace {

/// A swing that dies away: p0 exp(-p1 t) sin(p2 t + p3).
at::Tensor swing(const at::Tensor& p, const at::Tensor& time) {
  return p[0] * (-p[1] * time).exp() * (p[2] * time + p[3]).sin();
}

at::Tensor numbers(std::initializer_list<double> values) {
  return at::tensor(std::vector<double>(values), at::kDouble);
}

class Swing final : public mr::BaseModel {
 public:
  mr::LossMap loss(mr::Batch& batch) override {
    return {{"loss"_key, at::mse_loss(forward(batch.tensor("time"_key)), batch.tensor("height"_key))}};
  }
  void predict(mr::Batch&) override {}
  at::Tensor forward(at::Tensor time) override { return swing(parameters_, time); }

 private:
  at::Tensor parameters_ = register_parameter("parameters", numbers({1, 1, 3, 0}));  // the first guess
};

}  // namespace

int main(int argc, char** argv) {
  const int64_t steps = argc > 1 ? std::atoll(argv[1]) : 20;
  mr::seed_generators(0);
  const at::Tensor time = at::linspace(0, 4, 200, at::kDouble);
  const at::Tensor height = swing(numbers({2, 0.5, 3.5, 0.4}), time);
  const auto model = std::make_shared<Swing>();

  mr::RunnerOptions options{.model = model};
  options.work_dir = "work_dirs/lbfgs_fit";
  options.train_dataloader = mr::DataLoader::Options{
      .dataset =
          std::make_shared<mr::TensorDataset>(mr::TensorDataset::Columns{{"time"_key, time}, {"height"_key, height}}),
      .batch_size = 200};
  options.train_cfg = mr::use<mr::EpochBasedTrainLoop>({.max_epochs = steps});
  options.optim_wrapper = mr::use<mr::OptimWrapper>(
      {.optimizer = mr::use<mr::LBFGS>({.tolerance_grad = 1e-12,
                                        .tolerance_change = 1e-15,
                                        .line_search_fn = mr::LBFGSOptions::LineSearch::strong_wolfe})});
  options.randomness.seed = 0;
  mr::Runner runner(std::move(options));
  runner.train();

  const double residual = (model->forward(time) - height).abs().max().item<double>();
  fmt::print("largest residual: {:.1e}, wanted below 1e-8\n", residual);
}
