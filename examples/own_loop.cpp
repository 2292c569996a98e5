// A loop of one's own: it trains on each batch until the network has learned it, and goes on to the next one. A config
// names it by its type, as this program's config does; hooks, saving, resuming and signals come with TrainLoop.
//
//     own_loop [updates]
//
// Run whole it prints 0.5 x 0.5 = 0.25, and on how many batches the updates were spent.
#include <ATen/ops/full.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/rand.h>
#include <fmt/format.h>

#include "millrace/config/config.h"
#include "millrace/data/data_loader.h"
#include "millrace/data/stream_dataset.h"
#include "millrace/hub/message_hub.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"

using namespace millrace;

namespace {

/// Pairs of numbers and their product, without an end.
class Pairs final : public StreamDataset {
 public:
  bool next(Sample& sample) override {
    const at::Tensor pair = at::rand({2});
    sample.set(keys::inputs, pair);
    sample.set("product"_key, pair.prod(0, true));
    return true;
  }
};

class Product final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    const at::Tensor loss = at::mse_loss(forward(batch.tensor(keys::inputs)), batch.tensor("product"_key));
    last_ = loss.detach();
    return {{"loss"_key, loss}};
  }
  void predict(Batch&) override {}
  at::Tensor forward(at::Tensor pairs) override { return net_(pairs); }
  double last_loss() const { return last_.item<double>(); }

 private:
  nn::Sequential net_ = register_module("net", nn::Sequential{nn::Linear(2, 64), nn::ReLU(), nn::Linear(64, 1)});
  at::Tensor last_;
};

/// Trains on each batch until its loss is below `enough`, but at most `most` times.
class UntilLearnedLoop final : public TrainLoop {
 public:
  struct Options {
    Required<int64_t> updates;
    double enough = 1e-4;
    int64_t most = 20;

    template <class Fields>
    static void describe(Fields& f) {
      f("updates", &Options::updates, "iterations in all").at_least(1);
      f("enough", &Options::enough, "a loss below it ends the work on a batch").above(0);
      f("most", &Options::most, "iterations on one batch").at_least(1);
    }
  };
  UntilLearnedLoop(Runner& runner, Options options)
      : TrainLoop(runner), options_(checked<UntilLearnedLoop>(std::move(options))) {}
  static Facts facts_of(const Options& options) { return {.max_epochs = 1, .max_iters = *options.updates}; }

  int64_t max_epochs() const override { return 1; }
  int64_t max_iters() const override { return *options_.updates; }
  bool by_epoch() const override { return false; }

  void run() override {
    runner_.hooks().call<&Hook::before_train>(RunPoint{runner_});
    runner_.set_training(true);
    DataLoader& loader = runner_.loader(Mode::train);
    loader.start(0, 0);
    int64_t batches = 0;
    while (progress_.iter < max_iters() && !stopping()) {
      Batch* batch = next_batch(loader);
      if (!batch) break;
      ++batches;
      work_on(*batch);
    }
    loader.stop();
    runner_.hub().update_info("batches", batches);
    runner_.hooks().call<&Hook::after_train>(RunPoint{runner_});
  }

 private:
  void work_on(Batch& batch) {
    const auto& model = dynamic_cast<const Product&>(runner_.model());
    for (int64_t time = 0; time < options_.most && progress_.iter < max_iters() && !stopping(); ++time) {
      run_iter(batch, progress_.iter);
      serve_requests(true);
      if (model.last_loss() < options_.enough) return;
    }
  }
  Options options_;
};

}  // namespace

MILLRACE_REGISTER(Dataset, Pairs);
MILLRACE_REGISTER(Model, Product);
MILLRACE_REGISTER(TrainLoop, UntilLearnedLoop);

int main(int argc, char** argv) {
  const Config config = Config::from_string(fmt::format(R"(
work_dir = 'work_dirs/own_loop'
model = dict(type='Product')
train_dataloader = dict(batch_size=64, dataset=dict(type='Pairs'))
train_cfg = dict(type='UntilLearnedLoop', updates={})
optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.003))
randomness = dict(seed=0)
)",
                                                        argc > 1 ? std::atoll(argv[1]) : 3000),
                                            Config::Format::python, "own_loop.py");
  RunSurroundings surroundings;
  RunnerOptions options = bind_run_config(config, surroundings);
  Runner runner(std::move(options), std::move(surroundings));
  runner.train();
  const double answer = dynamic_cast<Product&>(runner.model()).forward(at::full({1, 2}, 0.5)).item<double>();
  fmt::print("0.5 x 0.5 = {:.2f}, after {} batches\n", answer, runner.hub().find_info("batches")->integer());
}
