// What every optimizer owes to the rest: its state, its groups, parameters without gradients.
#include "tests/support/every_optimizer.h"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class EachOptimizer : public testing::TestWithParam<std::string> {
 protected:
  static void walk(Optimizer& optimizer, const std::vector<at::Tensor>& params, int64_t from, int64_t to) {
    for (int64_t step = from; step < to; ++step) {
      set_walk_grads(params, step);
      optimizer.step();
    }
  }
};

TEST_P(EachOptimizer, GoesOnFromItsStateBitForBit) {
  const auto unbroken = walked_params(), params = walked_params();
  walk(*optimizer_of(GetParam(), {ParamGroup(unbroken)}), unbroken, 0, 8);
  const auto first = optimizer_of(GetParam(), {ParamGroup(params)});
  walk(*first, params, 0, 4);
  const State saved = first->state_dict().snapshot();
  const auto second = optimizer_of(GetParam(), {ParamGroup(params)});
  second->load_state_dict(saved);
  EXPECT_TRUE(second->state_dict().equals(saved));
  walk(*second, params, 4, 8);
  for (size_t i = 0; i < params.size(); ++i) EXPECT_THAT(params[i].detach(), SameTensor(unbroken[i].detach()));
}

TEST_P(EachOptimizer, LeavesParametersWithoutAGradient) {
  const auto params = walked_params();
  const auto optimizer = optimizer_of(GetParam(), {ParamGroup(params)});
  walk(*optimizer, params, 0, 3);
  set_walk_grads(params, 3);
  std::vector<at::Tensor> before;
  for (size_t i = 0; i < params.size(); ++i) {
    before.push_back(params[i].detach().clone());
    if (i % 2 == 1) params[i].mutable_grad().reset();
  }
  const State state = optimizer->state_dict().snapshot();
  optimizer->step();
  const State after = optimizer->state_dict();
  for (size_t i = 0; i < params.size(); ++i) {
    const bool has_moved = (params[i].detach() - before[i]).abs().max().item<double>() > 0;
    EXPECT_EQ(has_moved, i % 2 == 0) << "parameter " << i;
  }
  size_t same = 0;
  for (size_t e = 0; e < state.at("state").entries().size(); ++e)
    same += after.at("state").entries()[e].value.equals(state.at("state").entries()[e].value);
  EXPECT_EQ(same, state.at("state").entries().size() / 2);
}

TEST_P(EachOptimizer, GivesEachGroupItsOwnRate) {
  // Norms over all parameters together would tie the groups; max_grad_norm is None or far away here.
  const auto params = walked_params(), alone = walked_params(), frozen = walked_params();
  ParamGroup usual({params[0], params[2]}), still({params[1], params[3]});
  still.given = State::dict({{"lr", 0.0}, {"weight_decay", 0.0}});
  if (GetParam().find("Rprop") != std::string::npos || GetParam().find("ASGD") != std::string::npos)
    GTEST_SKIP() << "their steps do not follow lr from the first one on";
  if (GetParam().find("'Lamb', 'lr': 0.02}") != std::string::npos ||
      GetParam().find("decoupled_decay'") != std::string::npos)
    GTEST_SKIP() << "clips by the norm of all groups";
  walk(*optimizer_of(GetParam(), {usual, still}), params, 0, 4);
  walk(*optimizer_of(GetParam(), {ParamGroup({alone[0], alone[2]})}), alone, 0, 4);
  for (const size_t i : {0, 2}) EXPECT_THAT(params[i].detach(), SameTensor(alone[i].detach()));
  for (const size_t i : {1, 3})
    EXPECT_THAT(params[i].detach(), AllClose(frozen[i].detach(), {.rtol = 1e-15, .atol = 1e-15}));
}

std::string name_of_each(const testing::TestParamInfo<std::string>& info) {
  const size_t begin = info.param.find(": '") + 3;
  return info.param.substr(begin, info.param.find('\'', begin) - begin) + std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(All, EachOptimizer, testing::ValuesIn(every_optimizer()), name_of_each);

}  // namespace
}  // namespace millrace
