// A host process that trains inside itself: it owns its signals and its terminal, gives the training a thread, a number
// of cores, a way to cancel it and a place in memory for its checkpoints, and then uses the trained network.
//
//     embedded [runs]          Ctrl-C ends the running training after its step; a second line of output shows its
//     weights
#include <ATen/ops/cos.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "millrace/base/run_control.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/infer/inferencer.h"
#include "millrace/io/file.h"
#include "millrace/model/base_model.h"
#include "millrace/model/weights.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/adam.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/view/prediction.h"

namespace mr = millrace;
using namespace mr::literals;  // "loss"_key

namespace {

volatile sig_atomic_t asked_to_end = 0;  // the host's own handler: the library installs none
void on_signal(int) { asked_to_end = 1; }

/// Classifies points of two rings.
class RingNet final : public mr::BaseModel {
 public:
  mr::LossMap loss(mr::Batch& batch) override {
    const at::Tensor scores = forward(batch.tensor(mr::keys::inputs));
    return {{"loss"_key, at::cross_entropy_loss(scores, batch.tensor(mr::keys::gt_label))}};
  }
  void predict(mr::Batch& batch) override {
    batch.set(mr::keys::pred_score, mr::Dense{forward(batch.tensor(mr::keys::inputs)).softmax(1)});
  }
  at::Tensor forward(at::Tensor points) override { return last_(at::relu(second_(at::relu(first_(points))))); }

 private:
  mr::nn::Linear first_ = register_module("first", mr::nn::Linear(2, 32));
  mr::nn::Linear second_ = register_module("second", mr::nn::Linear(32, 32));
  mr::nn::Linear last_ = register_module("last", mr::nn::Linear(32, 2));
};

std::shared_ptr<mr::TensorDataset> rings(double shift) {
  const at::Tensor label = at::rand({2000}).gt(0.5).to(at::kLong), angle = at::rand({2000}) * 6.2831853;
  const at::Tensor radius = label * 0.5 + 0.5 + 0.05 * at::rand({2000});
  const at::Tensor points = at::stack({radius * angle.cos() + shift, radius * angle.sin()}, 1);
  return std::make_shared<mr::TensorDataset>(
      mr::TensorDataset::Columns{{mr::keys::inputs, points}, {mr::keys::gt_label, label}});
}

/// One training in a thread of the host.
class Job {
 public:
  Job(std::shared_ptr<RingNet> net, std::shared_ptr<mr::Dataset> data, const std::filesystem::path& folder) {
    control_.on_progress = [this](const mr::RunStatus& status) {
      const std::lock_guard lock(mutex_);
      status_ = status;
    };
    thread_ = std::thread([this, net, data, folder] { work(net, data, folder); });
  }
  ~Job() { thread_.join(); }

  void cancel() { control_.stop(); }
  /// Waits a little; false once the training has ended.
  bool is_running(mr::RunStatus& status) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(20), [this] { return ended_; });
    status = status_;
    return !ended_;
  }
  /// The run's checkpoint: torch.load reads it, and Runner::resume continues from it. Rethrows what the training threw.
  const std::string& checkpoint() const {
    if (failure_) std::rethrow_exception(failure_);
    return checkpoint_;
  }

 private:
  void work(const std::shared_ptr<RingNet>& net, const std::shared_ptr<mr::Dataset>& data,
            const std::filesystem::path& folder) {
    try {
      mr::RunnerOptions options{.model = net};
      options.work_dir = folder.string();  // of the log and the curves
      options.train_dataloader = mr::DataLoader::Options{.dataset = data, .batch_size = 50, .num_workers = 1};
      options.train_cfg = mr::use<mr::EpochBasedTrainLoop>({.max_epochs = 8});
      options.optim_wrapper = mr::use<mr::OptimWrapper>({.optimizer = mr::use<mr::Adam>({.lr = 0.01})});
      options.default_hooks.remove("checkpoint");  // no files of weights: they stay in memory
      options.randomness.seed = 3;
      mr::RunSurroundings surroundings;  // no terminal: nothing is printed
      surroundings.control = &control_;
      mr::Runner runner(std::move(options), std::move(surroundings));
      runner.train();
      checkpoint_ = mr::checkpoint_content(runner.checkpoint());
    } catch (...) {
      failure_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  mr::RunControl control_;
  std::mutex mutex_;
  std::condition_variable changed_;
  mr::RunStatus status_;
  bool ended_ = false;
  std::string checkpoint_;
  std::exception_ptr failure_;
  std::thread thread_;
};

/// Trains to the end, or until the host is asked to end.
std::string train(const std::shared_ptr<RingNet>& net, double shift, const std::filesystem::path& folder) {
  Job job(net, rings(shift), folder);
  mr::RunStatus status;
  while (job.is_running(status)) {
    if (asked_to_end) job.cancel();
    else if (isatty(STDOUT_FILENO)) fmt::print("\rhost: epoch {}, loss {:.3f} ", status.epoch + 1, status.loss);
  }
  return job.checkpoint();
}

double weight_sum(RingNet& net) {
  double sum = 0;
  for (const auto& parameter : net.parameters()) sum += parameter.abs().sum().item<double>();
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGINT, on_signal);
  mr::configure_process({.threads = 2});  // what libtorch keeps once per process is the host's to say
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("embedded_{}", getpid());
  for (int run = 0; run < (argc > 1 ? std::atoi(argv[1]) : 1); ++run) {
    mr::seed_generators(0);  // of the data, and of the weights at the start
    const std::string base = train(std::make_shared<RingNet>(), 0, folder);

    // Fine-tuning: another network begins with the weights of the first, and learns where the rings are now.
    const auto net = std::make_shared<RingNet>();
    const mr::State checkpoint = mr::load_checkpoint_file(*mr::io::open_memory("base", base));
    mr::load_weights(net->modules(), checkpoint, {.source = "base"});
    train(net, 0.4, folder);

    mr::Inferencer inferencer(net, {});
    mr::Sample point;
    point.set(mr::keys::inputs, at::tensor({0.9F, 0.0F}));
    const auto ring = mr::classification::predict(inferencer, point);
    fmt::print("host: ({}, {}) is on ring {} ({:.3f}); sum of weights {:.17g}\n", 0.9, 0.0, ring.label, ring.score,
               weight_sum(*net));
  }
  std::filesystem::remove_all(folder);
}
