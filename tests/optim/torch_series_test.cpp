// The optimizers that PyTorch has against torch.optim: torch_optim.json is made by make_torch_series.py. And to Python
// and back, by continue_in_torch.py.

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/optim/optimizer.h"
#include "tests/checkpoint/python.h"
#include "tests/support/all_close.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stand_ins.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using nlohmann::json;

struct TorchSeries {
  json data;
  friend std::ostream& operator<<(std::ostream& out, const TorchSeries& one) { return out << one.data["name"]; }
};

/// The problem of make_torch_series.py, and an optimizer on it.
class Valley {
 public:
  explicit Valley(const Value& config) : optimizer(Optimizer::Registry::build(config, "", {ParamGroup(params_)})) {}

  at::Tensor x() const { return at::cat({params_[0].reshape(-1), params_[1]}); }
  /// The loss before the step.
  double step() {
    const at::Tensor loss = optimizer->step([this] {
      optimizer->zero_grad();
      const at::Tensor left = x().narrow(0, 0, 9), right = x().narrow(0, 1, 9);
      at::Tensor value = (right.sub(left.pow(2)).pow(2).mul(10) + left.sub(1).pow(2)).sum();
      value.backward();
      return value;
    });
    return loss.item<double>();
  }
  State checkpoint() const {
    return State::dict({{"state_dict", State::dict({{"a", params_[0].detach()}, {"b", params_[1].detach()}})},
                        {"optimizer", optimizer->state_dict()}});
  }
  void resume(const State& checkpoint) {
    const at::NoGradGuard no_grad;
    params_[0].copy_(checkpoint.at("state_dict").at("a").tensor());
    params_[1].copy_(checkpoint.at("state_dict").at("b").tensor());
    optimizer->load_state_dict(checkpoint.at("optimizer"));
  }

 private:
  const at::Tensor start_ = at::arange(1, 11, at::kDouble).sin();
  std::vector<at::Tensor> params_ = {start_.narrow(0, 0, 6).view({2, 3}).clone().requires_grad_(),
                                     start_.narrow(0, 6, 4).clone().requires_grad_()};

 public:
  std::shared_ptr<Optimizer> optimizer;
};

class AsTorchOptim : public testing::TestWithParam<TorchSeries> {};

TEST_P(AsTorchOptim, TakesTheSameSteps) {
  const json& golden = GetParam().data;
  Valley valley(value_of(golden["optimizer"]));
  for (const json& expected : golden["loss"]) {
    const double ours = valley.step();
    ASSERT_NEAR(ours, expected.get<double>(), 1e-9 * std::max(expected.get<double>(), 1e-3));
  }
  const at::Tensor last = valley.x().detach();
  for (int64_t i = 0; i < last.numel(); ++i)
    EXPECT_NEAR(last[i].item<double>(), golden["x"][static_cast<size_t>(i)].get<double>(), 1e-9) << "element " << i;
}

std::vector<TorchSeries> torch_series() {
  std::ifstream file(source_path("/tests/optim/torch_optim.json"));
  std::vector<TorchSeries> all;
  for (const json& golden : json::parse(file)) all.push_back({golden});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Torch, AsTorchOptim, testing::ValuesIn(torch_series()),
                         [](const auto& info) { return info.param.data["name"].template get<std::string>(); });

class ToPythonAndBack : public testing::TestWithParam<const char*> {};

TEST_P(ToPythonAndBack, GoesTheWayOfAnUnbrokenTraining) {
  if (python_with_torch().empty()) GTEST_SKIP() << "no Python with torch: set MILLRACE_PYTHON";
  const Value config = config_text(GetParam());
  const ScratchFolder folder;
  Valley unbroken(config), first(config), last(config);
  for (int i = 0; i < 60; ++i) unbroken.step();
  for (int i = 0; i < 20; ++i) first.step();
  save_checkpoint_file(folder / "ours.pth", first.checkpoint());
  const auto [output, is_well] = output_of(
      python_with_torch() + " '" + source_path("/tests/optim/continue_in_torch.py") + "' '" + (folder / "ours.pth") +
      "' " + config.find("type")->as_string() + " 20 '" + (folder / "theirs.pth") + "' 2>&1");
  ASSERT_TRUE(is_well) << output;
  last.resume(load_checkpoint_file(folder / "theirs.pth"));
  for (int i = 0; i < 20; ++i) last.step();
  EXPECT_THAT(last.x().detach(), AllClose(unbroken.x().detach(), {.rtol = 1e-9, .atol = 1e-9}));
}

INSTANTIATE_TEST_SUITE_P(
    Torch, ToPythonAndBack,
    testing::Values("{'type': 'SGD', 'lr': 0.002, 'momentum': 0.9, 'weight_decay': 0.01, 'nesterov': true}",
                    "{'type': 'Adam', 'lr': 0.02, 'amsgrad': true, 'weight_decay': 0.01}",
                    "{'type': 'AdamW', 'lr': 0.02, 'weight_decay': 0.1}",
                    "{'type': 'Adamax', 'lr': 0.02, 'weight_decay': 0.01}",
                    "{'type': 'NAdam', 'lr': 0.02, 'momentum_decay': 0.05, 'weight_decay': 0.01}",
                    "{'type': 'RAdam', 'lr': 0.02, 'weight_decay': 0.01, 'decoupled_weight_decay': true}",
                    "{'type': 'Adagrad', 'lr': 0.1, 'lr_decay': 0.01, 'initial_accumulator_value': 0.5}",
                    "{'type': 'Adadelta', 'lr': 0.5, 'eps': 0.0001, 'weight_decay': 0.01}",
                    "{'type': 'RMSprop', 'lr': 0.003, 'momentum': 0.9, 'centered': true, 'weight_decay': 0.01}",
                    "{'type': 'Rprop', 'lr': 0.001, 'etas': [0.6, 1.3], 'step_sizes': [0.0001, 0.1]}",
                    "{'type': 'ASGD', 'lr': 0.005, 'lambd': 0.01, 't0': 10, 'weight_decay': 0.01}",
                    "{'type': 'TorchAdafactor', 'lr': 0.05, 'd': 1.5, 'weight_decay': 0.01}",
                    "{'type': 'LBFGS', 'lr': 0.02, 'max_iter': 2, 'history_size': 6}"),
    [](const auto& info) { return config_text(info.param).find("type")->as_string(); });

}  // namespace
}  // namespace millrace
