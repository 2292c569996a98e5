#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/data/tensor_dataset.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/init.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::FloatNear;
using testing::Pointwise;

class DrawnNet final : public BaseModel {
 public:
  struct Options {
    template <class Fields>
    static void describe(Fields&) {}
  };
  explicit DrawnNet(Options) {}
  LossMap loss(Batch& batch) override { return {{"loss"_key, layer(batch.tensor(keys::inputs)).mean()}}; }
  void predict(Batch&) override {}
  void init_weights() override { nn::init::normal_(layer->weight, 0, 0.01); }
  nn::Linear layer = register_module("layer", nn::Linear(4, 3));
};

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().flatten();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

TEST(InitialWeights, AreThoseOfMMEngineUnderTheSameSeedInBothLoops) {
  std::ifstream file(source_path("/tests/runner/initial_weights.json"));
  for (const nlohmann::json& golden : nlohmann::json::parse(file)) {
    SCOPED_TRACE(golden.dump());
    const ScratchFolder folder;
    RunnerOptions options{.model = use<DrawnNet>(), .work_dir = folder.path().string()};
    options.train_dataloader = {
        .dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{keys::inputs, at::ones({3, 4})}})};
    if (golden.at("by_epoch")) options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 0});
    else options.train_cfg = use<IterBasedTrainLoop>({.max_iters = 0});
    options.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.1})});
    options.default_hooks.remove("checkpoint");
    options.randomness.seed = golden.at("seed");
    Runner runner(std::move(options));
    runner.train();
    const auto& net = dynamic_cast<const DrawnNet&>(runner.model());
    EXPECT_THAT(values_of(net.layer->bias), Pointwise(FloatNear(1e-7F), golden.at("bias").get<std::vector<float>>()));
    EXPECT_THAT(values_of(net.layer->weight),
                Pointwise(FloatNear(1e-8F), golden.at("weight").get<std::vector<float>>()));
  }
}

}  // namespace
}  // namespace millrace
