#include "millrace/zoo/classification/models/lenet5.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/nn/module_view.h"
#include "millrace/tensor/process.h"
#include "tests/support/places.h"

namespace millrace::classification {
namespace {

// Whatever compiler built this: layers draw in the order in which they are written down.
TEST(LeNet5, BeginsWithTheWeightsOfPyTorchUnderTheSameSeed) {
  std::ifstream file(source_path("/tests/zoo/classification/models/lenet5_weights.json"));
  for (const nlohmann::json& golden : nlohmann::json::parse(file)) {
    seed_generators(golden.at("seed").get<uint64_t>());
    const LeNet5 net({.num_classes = 10});
    const auto params = view_of(net).all_params();
    ASSERT_EQ(params.size(), golden.at("params").size());
    for (size_t i = 0; i < params.size(); ++i) {
      const nlohmann::json& expected = golden.at("params")[i];
      EXPECT_EQ(params[i].name, expected[0]);
      const at::Tensor values = params[i].tensor.detach().flatten().to(at::kDouble);
      for (int64_t k = 0; k < 3; ++k)
        EXPECT_NEAR(values[k].item<double>(), expected[1][static_cast<size_t>(k)], 1e-7) << params[i].name;
      EXPECT_NEAR(values.sum().item<double>(), expected[2], 1e-5) << params[i].name;
    }
  }
}

}  // namespace
}  // namespace millrace::classification
