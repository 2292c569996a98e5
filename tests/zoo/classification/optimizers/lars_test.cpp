// Against mmpretrain's LARS: lars.json is made by make_lars.py.
#include "millrace/zoo/classification/optimizers/lars.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/config/value.h"
#include "tests/support/all_close.h"
#include "tests/support/places.h"
#include "tests/support/stand_ins.h"

namespace millrace::classification {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<json> lars_cases() {
  std::ifstream file(source_path("/tests/zoo/classification/optimizers/lars.json"));
  return json::parse(file).get<std::vector<json>>();
}

class AsMmpretrainsLars : public testing::TestWithParam<json> {};

TEST_P(AsMmpretrainsLars, TakesTheSameSteps) {
  json config = GetParam()["optimizer"];
  config["type"] = "LARS";
  const at::Tensor start = at::arange(1, 11, at::kDouble).sin();
  const std::vector<at::Tensor> params = {start.narrow(0, 0, 6).view({2, 3}).clone().requires_grad_(),
                                          start.narrow(0, 6, 4).clone().requires_grad_()};
  ParamGroup first({params[0]}), second({params[1]});
  if (GetParam()["excluded"].get<bool>()) second.given = State::dict({{"lars_exclude", true}, {"weight_decay", 0.0}});
  const auto optimizer =
      Optimizer::Registry::build(value_of(config), "mmpretrain", std::vector<ParamGroup>{first, second});
  for (int64_t k = 0; k < GetParam()["steps"].get<int64_t>(); ++k) {
    const at::Tensor push = (at::arange(10, at::kDouble) + k).cos();
    params[0].mutable_grad() = push.narrow(0, 0, 6).view({2, 3}) + params[0].detach();
    params[1].mutable_grad() = push.narrow(0, 6, 4) + params[1].detach();
    optimizer->step();
  }
  const at::Tensor x = at::cat({params[0].detach().reshape(-1), params[1].detach()});
  for (int64_t i = 0; i < 10; ++i)
    EXPECT_NEAR(x[i].item<double>(), GetParam()["x"][static_cast<size_t>(i)].get<double>(), 1e-12) << i;
}

INSTANTIATE_TEST_SUITE_P(Mmpretrain, AsMmpretrainsLars, testing::ValuesIn(lars_cases()),
                         [](const auto& info) { return info.param["name"].template get<std::string>(); });

TEST(LARS, RefusesNesterovWithoutMomentum) {
  EXPECT_THAT([] { LARS({ParamGroup({at::arange(3, at::kDouble)})}, {.lr = 0.1, .nesterov = true}); },
              ThrowsMessage<Error>(HasSubstr("nesterov needs momentum above 0")));
}

}  // namespace
}  // namespace millrace::classification
