#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/io/file.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

struct CountedBlockImpl : torch::nn::Module {
  CountedBlockImpl() {
    fc = register_module("fc", nn::Linear(8, 8));
    drop = register_module("drop", nn::Dropout(0.5));
  }
  at::Tensor forward(const at::Tensor& x) {
    ++calls;
    return drop(fc(x)).tanh();
  }
  int64_t calls = 0;
  nn::Linear fc{nullptr};
  nn::Dropout drop{nullptr};
};
MILLRACE_MODULE(CountedBlock);

class BlockNet final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    return {{"loss"_key, at::cross_entropy_loss(scores(batch), batch.tensor("gt_label"_key))}};
  }
  void predict(Batch& batch) override { batch.set("pred_score"_key, Dense{scores(batch)}); }
  at::Tensor scores(Batch& batch) { return last_(block(first_(batch.tensor(keys::inputs)))); }

 private:
  nn::Linear first_ = register_module("first", nn::Linear(4, 8));

 public:
  CountedBlock block = register_module("block", CountedBlock());

 private:
  nn::Linear last_ = register_module("last", nn::Linear(8, 2));
};

struct Trained {
  std::vector<at::Tensor> weights;
  int64_t calls;
  std::string log;
};

Trained trained(std::vector<std::string> paths) {
  const ScratchFolder folder;
  seed_generators(1);
  const auto net = std::make_shared<BlockNet>();
  const at::Tensor points = at::randn({60, 4});
  RunnerOptions options{.model = net, .work_dir = folder.path().string()};
  options.train_dataloader = {.dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{
                                  {keys::inputs, points}, {Key("gt_label"), points.sum(1).gt(0).to(at::kLong)}}),
                              .batch_size = 10};
  options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 2});
  options.optim_wrapper = use<OptimWrapper>({.optimizer = use<Adam>({.lr = 0.01})});
  options.activation_checkpointing = std::move(paths);
  options.randomness.seed = 1;  // of the order, too
  Runner runner(std::move(options));
  runner.train();
  Trained result{.calls = net->block->calls, .log = io::read_file(runner.run_folder().log_file().string())};
  for (const ModuleView::Named& each : net->modules().state()) result.weights.push_back(each.tensor.clone());
  return result;
}

TEST(ActivationCheckpointing, ComputesAPartTwiceAndChangesNoBit) {
  const Trained plain = trained({}), twice = trained({"block"});
  EXPECT_EQ(plain.calls, 12);
  EXPECT_EQ(twice.calls, 24);
  for (size_t i = 0; i < plain.weights.size(); ++i) EXPECT_TRUE(at::equal(plain.weights[i], twice.weights[i])) << i;
  EXPECT_THAT(twice.log, Not(HasSubstr("activation_checkpointing has no effect")));
}

TEST(ActivationCheckpointing, KnowsTheNearestPath) {
  EXPECT_THAT([] { trained({"blok"}); },
              ThrowsMessage<Error>(HasSubstr("the network has no part 'blok'; did you mean 'block'?")));
}

}  // namespace
}  // namespace millrace
