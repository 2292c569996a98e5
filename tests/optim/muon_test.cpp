#include "millrace/optim/muon.h"

#include <ATen/ops/eye.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/optim/adam.h"
#include "tests/checkpoint/python.h"
#include "tests/support/all_close.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using testing::ElementsAre;

/// What the iteration does to a singular value s <= 1: a polynomial, applied `steps` times.
double iterated(double s, int steps) {
  for (int i = 0; i < steps; ++i) s = 3.4445 * s - 4.775 * std::pow(s, 3) + 2.0315 * std::pow(s, 5);
  return s;
}

TEST(Muon, MapsSingularValuesByItsPolynomial) {
  // The singular values of diag(3, 4) over its norm 5 are 0.6 and 0.8.
  const at::Tensor p = at::ones({2, 2}, at::kDouble).requires_grad_();
  Muon muon({ParamGroup({p})}, {.lr = 0.1, .weight_decay = 0, .momentum = 0});
  p.mutable_grad() = at::tensor({3.0, 0.0, 0.0, 4.0}, at::kDouble).view({2, 2});
  muon.step();
  const at::Tensor expected =
      at::ones({2, 2}, at::kDouble) -
      0.1 * at::tensor({iterated(0.6, 5), 0.0, 0.0, iterated(0.8, 5)}, at::kDouble).view({2, 2});
  EXPECT_THAT(p.detach(), AllClose(expected, {.rtol = 1e-12, .atol = 1e-14}));
}

TEST(Muon, MakesStepsOfTallMatricesLonger) {
  // A column e_1 of four rows has one singular value, 1; lr x sqrt(4 / 1), or 0.2 sqrt(4).
  for (const bool matches : {false, true}) {
    const at::Tensor p = at::ones({4, 1}, at::kDouble).requires_grad_();
    Muon::Options options{.lr = 0.1, .weight_decay = 0.5};
    if (matches) options.adjust_lr_fn = Muon::Options::AdjustLr::match_rms_adamw;
    Muon muon({ParamGroup({p})}, options);
    p.mutable_grad() = at::tensor({7.0, 0.0, 0.0, 0.0}, at::kDouble).view({4, 1});
    muon.step();
    EXPECT_NEAR(p[0][0].item<double>(), 0.95 - 0.1 * (matches ? 0.4 : 2) * iterated(1, 5), 1e-12);
    EXPECT_NEAR(p[1][0].item<double>(), 0.95, 1e-12);
  }
}

TEST(Muon, IteratesInBfloat16ForSinglePrecision) {
  // Singular values between 0.5 and 2.1: the iteration would enlarge the rounding of those near 0.
  const at::Tensor start =
      at::eye(24, 40, at::kDouble) + 0.1 * (at::linspace(0, 9, 24 * 40, at::kDouble) * 7).sin().view({24, 40});
  std::vector<at::Tensor> moved;
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const at::Tensor p = at::ones({24, 40}, dtype).requires_grad_();
    Muon muon({ParamGroup({p})}, {.lr = 1, .weight_decay = 0});
    p.mutable_grad() = start.to(dtype);
    muon.step();
    moved.push_back(p.detach() - 1);
  }
  // A step of 1 times the matrix: it has the eight bits of bfloat16.
  EXPECT_THAT(moved[1].to(at::kBFloat16).to(at::kFloat), AllClose(moved[1], {.atol = 1e-6}));
  EXPECT_LT((moved[1].to(at::kDouble) - moved[0]).norm().item<double>(), 0.05 * moved[0].norm().item<double>());
}

TEST(Muon, GoesToPyTorchAndBack) {
  if (python_with_torch().empty()) GTEST_SKIP() << "no Python with torch: set MILLRACE_PYTHON";
  const at::Tensor weight = (at::linspace(0, 5, 24 * 16) * 7).sin().view({24, 16}).requires_grad_();
  const auto push = [&](const at::Tensor& w) { return (w.detach() * 3).cos(); };
  Muon muon({ParamGroup({weight})}, {.lr = 0.1, .momentum = 0.8});
  weight.mutable_grad() = push(weight);
  muon.step();
  const ScratchFolder folder;
  save_checkpoint_file(
      folder / "ours.pth",
      State::dict({{"weight", weight.detach()}, {"grad", push(weight)}, {"optimizer", muon.state_dict()}}));
  const auto [output, is_well] =
      output_of(python_with_torch() + " '" + source_path("/tests/optim/step_muon_in_torch.py") + "' '" +
                (folder / "ours.pth") + "' '" + (folder / "theirs.pth") + "' 2>&1");
  if (output.find("no Muon") != std::string::npos) GTEST_SKIP() << output;
  ASSERT_TRUE(is_well) << output;
  weight.mutable_grad() = push(weight);
  muon.step();
  const State theirs = load_torch_file(folder / "theirs.pth");
  // Products in bfloat16 differ between versions of libtorch by a few of its last bits, 2^-8 of the step.
  EXPECT_THAT(theirs.at("weight").tensor(), AllClose(weight.detach(), {.rtol = 1e-5, .atol = 0.1 * 0.02}));
  Muon again({ParamGroup({weight})}, Muon::Options{});
  again.load_state_dict(theirs.at("optimizer"));
  EXPECT_THAT(again.state_dict().at("state").entries()[0].value.at("momentum_buffer").tensor(),
              AllClose(muon.state_dict().at("state").entries()[0].value.at("momentum_buffer").tensor(),
                       {.rtol = 1e-6, .atol = 1e-7}));
  EXPECT_EQ(again.groups()[0].lr(), 0.1);
}

TEST(Muon, GivesAdamWWhatIsNoMatrix) {
  const auto values = [] { return (at::linspace(0, 1, 12, at::kDouble) * 9).sin(); };
  const at::Tensor matrix = values().view({3, 4}).requires_grad_(), vector = values().requires_grad_(),
                   same = values().requires_grad_();
  Muon muon({ParamGroup({vector, matrix})},
            {.lr = 0.3, .adamw = {.lr = 0.01, .betas = {0.8, 0.9}, .eps = 1e-6, .weight_decay = 0.2}});
  AdamW adamw({ParamGroup({same})}, {.lr = 0.01, .betas = {0.8, 0.9}, .eps = 1e-6, .weight_decay = 0.2});
  for (int i = 0; i < 3; ++i) {
    for (const at::Tensor& param : {matrix, vector, same}) param.mutable_grad() = param.detach().cos() * (i - 1);
    muon.step();
    adamw.step();
  }
  EXPECT_THAT(vector.detach(), SameTensor(same.detach()));
  const State saved = muon.state_dict();  // the matrices come first
  EXPECT_EQ(saved.at("param_groups").items()[0].at("lr").number(), 0.3);
  EXPECT_EQ(saved.at("param_groups").items()[1].at("lr").number(), 0.01);
  EXPECT_NE(saved.at("state").entries()[0].value.find("momentum_buffer"), nullptr);
  EXPECT_NE(saved.at("state").entries()[1].value.find("exp_avg_sq"), nullptr);
}

TEST(Muon, MultipliesTheRatesOfBothByAFactorOfParameters) {
  const at::Tensor matrix = at::ones({2, 2}).requires_grad_(), vector = at::ones({2}).requires_grad_();
  ParamGroup slow({matrix, vector});
  slow.given = State::dict({{"lr", 0.03}, {"weight_decay", 0.0}});  // a tenth of lr, no decay
  Muon muon({slow}, {.lr = 0.3, .adamw = {.lr = 0.01}});
  std::vector<double> rates, decays;
  for (size_t g = 0; g < 2; ++g) {
    rates.push_back(muon.groups()[g].lr());
    decays.push_back(muon.groups()[g][*muon.groups()[g].find("weight_decay")]);
  }
  EXPECT_THAT(rates, ElementsAre(0.03, testing::DoubleNear(0.001, 1e-15)));
  EXPECT_THAT(decays, ElementsAre(0, 0));
}

TEST(Muon, LeavesMatricesToAdamWWhereTheyAreTold) {
  const at::Tensor head = at::ones({2, 2}).requires_grad_();
  ParamGroup group({head});
  group.given = State::dict({{"use_muon", false}});
  Muon muon({group}, {.lr = 0.3, .adamw = {.lr = 0.01, .weight_decay = 0}});
  head.mutable_grad() = at::ones({2, 2}) * 5;
  muon.step();
  EXPECT_THAT(head.detach(), AllClose(at::ones({2, 2}) * 0.99, {.rtol = 1e-6}));
}

}  // namespace
}  // namespace millrace
