// What the engine adds to an iteration: a Runner with all default hooks, log and records on disk, over a model and a
// loader that do nothing. Prints one figure, in microseconds an iteration. The checkpoint hook is asked at each of them
// and saves none: what a checkpoint costs depends on the network and the disk, and a run by iterations would save 20.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <ATen/ops/ones.h>

#include "millrace/data/dataset.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/hooks/checkpoint_hook.h"
#include "millrace/model/model.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

/// A step that computes nothing: its loss is one and the same number.
class IdleModel final : public Model {
 public:
  LossMap train_step(Batch&, OptimSet&) override { return LossMap{{kLoss, loss_}}; }
  void val_step(Batch&) override {}
  ModuleView modules() const override {
    ModuleView view;
    view.params.push_back({"w", weight_});
    return view;
  }
  void set_training(bool training) override { training_ = training; }
  bool is_training() const override { return training_; }
  void to(const c10::Device&) override {}
  c10::Device device() const override { return c10::kCPU; }

 private:
  inline static const Key kLoss{"loss"};
  at::Tensor weight_ = at::ones({1}).set_requires_grad(true);
  at::Tensor loss_ = at::ones({});
  bool training_ = true;
};

/// Batches without a column.
class IdleDataset final : public Dataset {
 public:
  int64_t size() const override { return 1 << 20; }
  Sample get(int64_t) const override { return {}; }
  std::optional<Batch> load_batch(std::span<const int64_t> indices, BatchBuilder::Memory) const override {
    return Batch(static_cast<int64_t>(indices.size()));
  }
};

double microseconds_an_iteration(int64_t iterations, const std::filesystem::path& work_dir) {
  RunnerOptions options{.model = std::static_pointer_cast<Model>(std::make_shared<IdleModel>())};
  options.work_dir = work_dir.string();
  DataLoader::Options loader{.dataset = std::make_shared<IdleDataset>()};
  loader.sampler = use<DefaultSampler>({.shuffle = false});
  loader.batch_size = 1;
  options.train_dataloader = loader;
  options.train_cfg = use<IterBasedTrainLoop>({.max_iters = iterations});
  options.optim_wrapper = Component<OptimWrapper>(use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.1})}));
  options.param_scheduler = {};
  for (auto& [name, hook] : options.default_hooks.hooks)
    if (name == "checkpoint") hook = use<CheckpointHook>({.interval = iterations + 1, .save_last = false});
  Runner runner(std::move(options));
  const auto begin = std::chrono::steady_clock::now();
  runner.train();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
         static_cast<double>(iterations);
}

}  // namespace
}  // namespace millrace

int main() {
  millrace::configure_process({.threads = 1});
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_overhead_XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  std::vector<double> runs;
  for (int run = 0; run < 9; ++run)
    runs.push_back(millrace::microseconds_an_iteration(20000, folder / std::to_string(run)));
  std::sort(runs.begin(), runs.end());
  fmt::print("overhead {:.2f} us an iteration (median of {}, {:.2f} to {:.2f}; {})\n", runs[runs.size() / 2],
             runs.size(), runs.front(), runs.back(), millrace::instruction_set());
  std::filesystem::remove_all(folder);
}
