// Gradients that overflow in fp16, against torch.amp.GradScaler: loss_scale.json is made by make_loss_scale.py.
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/optim/optim_wrapper.h"
#include "millrace/tensor/operators.h"
#include "tests/support/places.h"
#include "tests/support/stand_ins.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using nlohmann::json;

TEST(AmpOptimWrapper, SkipsAndScalesAsPyTorchsGradScalerWhereFp16Overflows) {
  std::ifstream file(source_path("/tests/optim/loss_scale.json"));
  const json golden = json::parse(file);
  for (const json& one : golden["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    ModuleView view;
    view.params.push_back({"weight", at::tensor({1.0F, 2.0F}).requires_grad_()});
    const at::Tensor& weight = view.params[0].tensor;
    const auto optim = built_optim(value_of({{"type", "AmpOptimWrapper"},
                                             {"dtype", "float16"},
                                             {"loss_scale", one["loss_scale"]},
                                             {"optimizer", {{"type", "SGD"}, {"lr", 0.125}, {"momentum", 0.5}}}}),
                                   view);
    for (size_t i = 0; i < golden["coefficients"].size(); ++i) {
      const auto factors = golden["coefficients"][i].get<std::vector<float>>();
      optim->update((weight.to(at::kHalf) * at::tensor(factors).to(at::kHalf)).to(at::kFloat).sum());
      EXPECT_EQ(optim->loss_scaler()->scale(), one["scale"][i].get<double>()) << "iteration " << i;
      for (int64_t k = 0; k < 2; ++k)
        EXPECT_FLOAT_EQ(weight[k].item<float>(), one["weights"][i][static_cast<size_t>(k)].get<float>())
            << "iteration " << i;
    }
  }
}

}  // namespace
}  // namespace millrace
