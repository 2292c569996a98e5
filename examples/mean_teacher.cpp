// A mean teacher (Tarvainen and Valpola 2017): two rings of points, of which six have a label. The student learns from the
// labels, and to say of each turned point what the teacher says of it, turned otherwise. The teacher is a running
// average of the student.
//
//     mean_teacher [iterations]
//
// Run whole it prints the accuracy with and without the teacher: about 99 % against 80 %.
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/adam.h"
#include "millrace/optim/optim_set.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/operators.h"
#include "millrace/tensor/process.h"

namespace mr = millrace;
using namespace mr::literals;  // "label"_key

namespace {

struct Points {
  at::Tensor places, labels;  // (N, 2), (N)
};

/// Rings with radius 1 and 1.6.
Points rings(int64_t count) {
  const at::Tensor labels = at::arange(count) % 2;
  const at::Tensor angle = at::rand({count}) * 6.2831853;
  const at::Tensor radius = 1 + 0.6 * labels + 0.1 * at::randn({count});
  return {at::stack({radius * angle.cos(), radius * angle.sin()}, 1), labels};
}

/// Turns each point by up to half a radian.
at::Tensor turned(const at::Tensor& places) {
  const at::Tensor angle = at::rand({places.size(0)}) - 0.5;
  const at::Tensor x = places.select(1, 0), y = places.select(1, 1), c = angle.cos(), s = angle.sin();
  return at::stack({x * c - y * s, x * s + y * c}, 1);
}

mr::nn::Sequential network() {
  return mr::nn::Sequential{mr::nn::Linear(2, 64), mr::nn::ReLU(), mr::nn::Linear(64, 64), mr::nn::ReLU(),
                            mr::nn::Linear(64, 2)};
}

class MeanTeacher final : public mr::BaseModel {
 public:
  /// `weight` of the teacher's opinion; 0: the labels alone.
  explicit MeanTeacher(double weight) : weight_(weight) {
    for (const at::Tensor& tensor : teacher_->parameters()) tensor.set_requires_grad(false);
    follow(1);
  }
  mr::LossMap loss(mr::Batch& batch) override {
    const at::Tensor& places = batch.tensor(mr::keys::inputs);
    const at::Tensor scores = student_(turned(places));
    const at::Tensor opinion = teacher_(turned(places)).softmax(1);
    return {{"label.loss"_key, at::cross_entropy_loss(scores, batch.tensor("label"_key), {}, 1, -1)},
            {"teacher.loss"_key, weight_ * at::mse_loss(scores.softmax(1), opinion)}};
  }
  mr::LossMap train_step(mr::Batch& batch, mr::OptimSet& optims) override {
    mr::LossMap losses = BaseModel::train_step(batch, optims);
    follow(0.02);
    return losses;
  }
  void predict(mr::Batch&) override {}
  at::Tensor forward(at::Tensor places) override { return teacher_(places); }

 private:
  void follow(double share) {
    const auto students = student_->parameters(), teachers = teacher_->parameters();
    for (size_t i = 0; i < students.size(); ++i) teachers[i].lerp_(students[i].detach(), share);
  }
  double weight_;
  mr::nn::Sequential student_ = register_module("student", network());
  mr::nn::Sequential teacher_ = register_module("teacher", network());
};

/// The accuracy after a training, in percent.
double trained(double weight, int64_t iterations) {
  mr::seed_generators(0);  // of the data, and of the weights at the start
  const Points points = rings(1024), tests = rings(2000);
  at::Tensor labels = at::full({1024 + 126}, -1, at::kLong);  // -1: without a label
  const at::Tensor with_label = at::arange(126) % 6;          // these six again and again, so that each batch has some
  labels.narrow(0, 1024, 126).copy_(points.labels.index_select(0, with_label));
  const at::Tensor places = at::cat({points.places, points.places.index_select(0, with_label)});
  const auto model = std::make_shared<MeanTeacher>(weight);

  mr::RunnerOptions options{.model = model};
  options.work_dir = fmt::format("work_dirs/mean_teacher_{}", weight);
  options.train_dataloader =
      mr::DataLoader::Options{.dataset = std::make_shared<mr::TensorDataset>(
                                  mr::TensorDataset::Columns{{mr::keys::inputs, places}, {"label"_key, labels}}),
                              .batch_size = 128,
                              .drop_last = true};
  options.train_cfg = mr::use<mr::IterBasedTrainLoop>({.max_iters = iterations});
  options.optim_wrapper = mr::use<mr::OptimWrapper>({.optimizer = mr::use<mr::Adam>({.lr = 0.003})});
  options.randomness.seed = 0;
  mr::Runner runner(std::move(options));
  runner.train();
  return 100 * model->forward(tests.places).argmax(1).eq(tests.labels).to(at::kFloat).mean().item<double>();
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t iterations = argc > 1 ? std::atoll(argv[1]) : 1500;
  const double alone = trained(0, iterations), taught = trained(10, iterations);
  fmt::print("accuracy of the labels alone: {:.1f} %, with a mean teacher: {:.1f} %\n", alone, taught);
}
