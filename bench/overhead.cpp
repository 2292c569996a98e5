// What the engine adds to an iteration: a Runner with all default hooks, log and records on disk, over a model and a
// loader that do nothing; and the same with an average, the NaN guard and the monitors. Then a model of one number that
// is trained, without and with them. Prints figures in microseconds an iteration. The checkpoint hook is asked at each
// of them and saves none: what a checkpoint costs depends on the network and the disk, and a run by iterations would save
// 20.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <ATen/ops/ones.h>
#include <ATen/ops/square.h>

#include "millrace/data/dataset.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/hooks/checkpoint_hook.h"
#include "millrace/hooks/ema_hook.h"
#include "millrace/hooks/grad_norm_hook.h"
#include "millrace/hooks/memory_hook.h"
#include "millrace/hooks/nan_guard_hook.h"
#include "millrace/hooks/throughput_hook.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

enum class Step { idle, trains };
enum class Hooks { default_ones, all };

/// A model of one number. An idle step computes nothing: its loss is one and the same number.
class OneNumber final : public Model {
 public:
  explicit OneNumber(Step step) : step_(step) {}
  LossMap train_step(Batch&, OptimSet& optims) override {
    if (step_ == Step::idle) return LossMap{{kLoss, loss_}};
    LossMap losses{{kLoss, at::square(weight_)}};
    optims.only().update(losses);
    return losses;
  }
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
  Step step_;
  at::Tensor weight_ = at::ones({}).set_requires_grad(true);
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

constexpr int64_t kIterations = 20000;

double microseconds_an_iteration(Step step, Hooks hooks, const std::filesystem::path& work_dir) {
  const int64_t iterations = kIterations;
  RunnerOptions options{.model = std::static_pointer_cast<Model>(std::make_shared<OneNumber>(step))};
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
  if (hooks == Hooks::all)
    options.custom_hooks = {use<EMAHook>(), use<NanGuardHook>(), use<GradNormHook>(), use<ThroughputHook>(),
                            use<MemoryHook>()};
  Runner runner(std::move(options));
  const auto begin = std::chrono::steady_clock::now();
  runner.train();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
         static_cast<double>(iterations);
}

/// Sides take turns; the medians of both.
void compare(Step step, const char* what, const std::filesystem::path& folder) {
  constexpr int kRuns = 9;
  std::vector<double> plain, with_all;
  for (int run = 0; run < kRuns; ++run) {
    plain.push_back(microseconds_an_iteration(step, Hooks::default_ones, folder / fmt::format("{}_{}", what, run)));
    with_all.push_back(microseconds_an_iteration(step, Hooks::all, folder / fmt::format("{}_{}_all", what, run)));
  }
  std::sort(plain.begin(), plain.end());
  std::sort(with_all.begin(), with_all.end());
  fmt::print("{} {:.2f} us an iteration (median of {}, {:.2f} to {:.2f}; {})\n", what, plain[kRuns / 2], kRuns,
             plain.front(), plain.back(), instruction_set());
  fmt::print("{} with average, NaN guard and monitors {:.2f} us ({:.2f} to {:.2f})\n", what, with_all[kRuns / 2],
             with_all.front(), with_all.back());
}

}  // namespace
}  // namespace millrace

int main() {
  millrace::configure_process({.threads = 1});
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_overhead_XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  millrace::compare(millrace::Step::idle, "overhead", folder);
  millrace::compare(millrace::Step::trains, "one number", folder);
  std::filesystem::remove_all(folder);
}
