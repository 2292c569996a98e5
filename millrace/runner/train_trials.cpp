#include "millrace/runner/train_trials.h"

#include <fmt/format.h>

#include "millrace/base/at_end.h"
#include "millrace/base/byte_count.h"
#include "millrace/base/run_control.h"
#include "millrace/config/overrides.h"
#include "millrace/data/data_loader.h"
#include "millrace/runner/batch_size_search.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/peak_memory.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/scratch_work_dir.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

Value& train_loader(Config& config, const char* option) {
  Value* loader = config.tree.as_dict().find("train_dataloader");
  if (!loader || !loader->is_dict())
    throw Error(Place(config.filename), std::string(option) + " needs a train_dataloader in the config");
  return *loader;
}

/// What a few steps of a training take at most.
class Trial {
 public:
  Trial(const Config& config, RunControl& control) : config_(config), control_(control) {}

  /// Without validation, schedules and files.
  int64_t peak(int64_t batch_size) {
    Config config = config_;
    Dict& tree = config.tree.as_dict();
    for (const char* key : {"val_dataloader", "val_cfg", "val_evaluator", "val_sets", "test_dataloader", "test_cfg",
                            "test_evaluator", "param_scheduler", "custom_hooks", "resume", "visualizer"})
      tree.erase(key);
    train_loader(config, "--auto-batch").as_dict().set("batch_size", batch_size);
    const ScratchWorkDir work_dir;
    set_key(config, "work_dir", work_dir.path().string(), "--auto-batch");
    RunSurroundings surroundings = surroundings_of(false, nullptr, control_);
    RunnerOptions options = bind_run_config(config, surroundings);
    options.train_cfg = use<IterBasedTrainLoop>({.max_iters = 3});
    std::erase_if(options.default_hooks.hooks, [](const auto& hook) { return hook.first == "checkpoint"; });
    Runner runner(std::move(options), std::move(surroundings));
    PeakMemory::reset();
    runner.train();
    samples_ = runner.loader(Mode::train).dataset().size();
    return PeakMemory::bytes();
  }
  int64_t samples() const { return samples_; }

 private:
  const Config& config_;
  RunControl& control_;
  int64_t samples_ = 0;
};

}  // namespace

std::string overfit(Config& config, int64_t batches) {
  Dict& tree = config.tree.as_dict();
  Dict& train = train_loader(config, "--overfit").as_dict();
  Value in_order = Value::dict();
  in_order.as_dict().set("type", "DefaultSampler");
  in_order.as_dict().set("shuffle", false);
  train.set("sampler", in_order);
  for (const char* key : {"batch_sampler", "num_batch_per_epoch"}) train.erase(key);
  const bool validates = tree.find("val_dataloader") && tree.find("val_cfg") && tree.find("val_evaluator");
  if (validates) set_key(config, "val_dataloader", *tree.find("train_dataloader"), "--overfit");
  tree.erase("val_sets");
  set_key(config, "limit_batches", batches, "--overfit");
  return fmt::format("--overfit {0}: every pass has the same {0} batches of the training data{1}", batches,
                     validates ? ", and the validation has them, too" : "");
}

std::string choose_batch_size(Config& config, std::optional<int64_t> memory_bytes, RunControl& control) {
  const Value* device = config.tree.find("device");
  if (device && device->is_string() && device->as_string() != "cpu")
    throw Error("--auto-batch measures the memory of the process, and the device is " + device->as_string())
        .note("give train_dataloader.batch_size for it");
  int64_t limit = memory_bytes.value_or(-1);
  if (!memory_bytes) {
    const int64_t available = PeakMemory::available();
    if (available < 0) throw Error("this system does not tell how much memory is free").help("--memory 4G");
    limit = PeakMemory::bytes() + available / 5 * 4;
  }
  const at::Tensor random = generator_state();
  const AtEnd restore([&] { set_generator_state(random); });
  Trial trial(config, control);
  constexpr int64_t kMost = 1 << 16;
  const auto peak = [&](int64_t size) {
    if (trial.samples() > 0 && size > trial.samples()) return limit + 1;  // the data have no such batch
    return trial.peak(size);
  };
  const BatchSizeSearch search = find_batch_size(peak, limit, kMost);
  if (search.batch_size == 0)
    throw Error(fmt::format("--auto-batch: a training with batches of one sample takes {}, more than {}",
                            bytes_text(search.peaks.at(0).second), bytes_text(limit)));
  train_loader(config, "--auto-batch").as_dict().set("batch_size", search.batch_size);
  int64_t taken = 0;
  for (const auto& [size, bytes] : search.peaks)
    if (size == search.batch_size) taken = bytes;
  return fmt::format(
      "--auto-batch: batch_size={}, which takes {} of {}; the lr stays as it is (auto_scale_lr changes it)",
      search.batch_size, bytes_text(taken), bytes_text(limit));
}

}  // namespace millrace
