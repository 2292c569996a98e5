// Every optimizer by every path that its rule may take: loops with AVX2, plain loops, libtorch's operators.
#include "millrace/optim/kernels/step_elements.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linspace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "millrace/checkpoint/checkpoint_file.h"
#include "tests/checkpoint/python.h"
#include "tests/support/all_close.h"
#include "tests/support/every_optimizer.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

constexpr int64_t kWalkSteps = 8;

/// The same values where no two elements are neighbours: no loop takes them.
at::Tensor spread_out(const at::Tensor& param) {
  std::vector<int64_t> sizes = param.sizes().vec();
  sizes.push_back(2);
  at::Tensor place = at::empty(sizes, param.options()).select(-1, 0);
  const at::NoGradGuard no_grad;
  place.copy_(param);
  return place.requires_grad_();
}

std::vector<at::Tensor> after_walk(const std::string& config, std::vector<at::Tensor> params,
                                   int64_t steps = kWalkSteps) {
  const auto optimizer = optimizer_of(config, {ParamGroup(params)});
  for (int64_t step = 0; step < steps; ++step) {
    set_walk_grads(params, step);
    optimizer->step();
  }
  for (at::Tensor& param : params) param = param.detach();
  return params;
}

class EveryOptimizer : public testing::TestWithParam<std::string> {};

TEST_P(EveryOptimizer, GoesTheSameWayByLoopsAndByOperators) {
  std::vector<at::Tensor> spread;
  for (const at::Tensor& param : walked_params()) spread.push_back(spread_out(param));
  const auto by_loops = after_walk(GetParam(), walked_params()), by_operators = after_walk(GetParam(), spread);
  for (size_t i = 0; i < by_loops.size(); ++i)
    EXPECT_THAT(by_loops[i], AllClose(by_operators[i], {.rtol = 1e-12, .atol = 1e-13}));
}

TEST_P(EveryOptimizer, GoesTheSameWayInSinglePrecision) {
  // Muon's iteration is in bfloat16 then; steps of Lion and Rprop depend on signs alone.
  const bool is_muon = GetParam().find("Muon") != std::string::npos;
  const auto in_double = after_walk(GetParam(), walked_params());
  const auto in_single = after_walk(GetParam(), walked_params(at::kFloat));
  for (size_t i = 0; i < in_double.size(); ++i)
    EXPECT_THAT(in_single[i],
                AllClose(in_double[i].to(at::kFloat), {.rtol = is_muon ? 3e-2 : 2e-4, .atol = is_muon ? 3e-2 : 2e-4}));
}

TEST_P(EveryOptimizer, ComputesInSinglePrecisionForBfloat16) {
  const auto in_double = after_walk(GetParam(), walked_params());
  const auto in_half = after_walk(GetParam(), walked_params(at::kBFloat16));
  for (size_t i = 0; i < in_double.size(); ++i) {
    EXPECT_EQ(in_half[i].scalar_type(), at::kBFloat16);
    EXPECT_LT((in_half[i].to(at::kDouble) - in_double[i]).abs().mean().item<double>(), 0.05);
  }
}

TEST_P(EveryOptimizer, GivesTheSameBitsWithAnyNumberOfThreads) {
  const auto walk = [&](int threads) {
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    std::vector<at::Tensor> params = {(at::linspace(-1, 1, 300 * 401, at::kDouble) * 9).sin().view({300, 401}),
                                      (at::linspace(-1, 1, 100'003, at::kDouble) * 7).cos()};
    for (at::Tensor& param : params) param = param.detach().requires_grad_();
    params = after_walk(GetParam(), params);
    at::set_num_threads(before);
    return params;
  };
  if (GetParam().find("Muon") != std::string::npos) GTEST_SKIP() << "libtorch's matrix products have no such promise";
  const auto one = walk(1), three = walk(3);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_THAT(three[i], SameTensor(one[i]));
}

TEST_P(EveryOptimizer, SeesValuesAndNotLayouts) {
  std::vector<at::Tensor> last;
  for (const at::Tensor& param : walked_params())
    last.push_back(param.dim() == 4 ? param.detach().contiguous(at::MemoryFormat::ChannelsLast).requires_grad_()
                                    : param);
  const auto contiguous = after_walk(GetParam(), walked_params()), channels_last = after_walk(GetParam(), last);
  for (size_t i = 0; i < contiguous.size(); ++i)
    EXPECT_THAT(channels_last[i], AllClose(contiguous[i], {.rtol = 1e-12, .atol = 1e-13}));
}

TEST_P(EveryOptimizer, DoesAMillionElementsByLoopsAsByOperators) {
  // An odd number: no vector and no block ends with it.
  const at::Tensor whole = (at::linspace(-1, 1, 1'000'003, at::kDouble) * 50).sin();
  const auto by_loops = after_walk(GetParam(), {whole.clone().requires_grad_()}, 2);
  const auto by_operators = after_walk(GetParam(), {spread_out(whole)}, 2);
  EXPECT_THAT(by_loops[0], AllClose(by_operators[0], {.rtol = 1e-12, .atol = 1e-13}));
}

std::string kernel_case_name(const testing::TestParamInfo<std::string>& info) {
  const size_t begin = info.param.find(": '") + 3;
  return info.param.substr(begin, info.param.find('\'', begin) - begin) + std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(All, EveryOptimizer, testing::ValuesIn(every_optimizer()), kernel_case_name);

/// Where the walk of another process goes, and by which kernels.
constexpr const char* kWalkFile = "MILLRACE_TEST_WALK";

State walk_of_all() {
  State all = State::list();
  for (const std::string& config : every_optimizer())
    for (const at::Tensor& param : after_walk(config, walked_params())) all.push_back(param);
  return all;
}

TEST(PlainKernels, WalkForAnotherProcess) {
  const char* file = std::getenv(kWalkFile);
  if (!file) GTEST_SKIP() << "only PlainKernels.AgreeWithThoseOfAvx2 needs it";
  EXPECT_FALSE(has_wide_vectors());
  save_checkpoint_file(file, State::dict({{"walk", walk_of_all()}}));
}

TEST(PlainKernels, AgreeWithThoseOfAvx2) {
  if (!has_wide_vectors()) GTEST_SKIP() << "this machine has no AVX2";
  const ScratchFolder folder;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const auto [output, is_well] =
      output_of("ATEN_CPU_CAPABILITY=default " + std::string(kWalkFile) + "='" + (folder / "walk.pth") + "' '" +
                program + "' --gtest_filter=PlainKernels.WalkForAnotherProcess 2>&1");
  ASSERT_TRUE(is_well) << output;
  const State plain = load_torch_file(folder / "walk.pth").at("walk"), wide = walk_of_all();
  ASSERT_EQ(plain.items().size(), wide.items().size());
  for (size_t i = 0; i < wide.items().size(); ++i)
    EXPECT_THAT(wide.items()[i].tensor(), AllClose(plain.items()[i].tensor(), {.rtol = 1e-12, .atol = 1e-13}));
}

}  // namespace
}  // namespace millrace
