// A training step under the Runner, with all default hooks, against the loop that one would write by hand on libtorch:
// the same network, data, fused optimizer and allocator settings; of ResNet-20, the network by hand of plain torch::nn
// modules, too. Blocks of both alternate in one process, and so do blocks of the hand-written loop with itself, whose
// spread says what a difference means.
//
//     bench_training [MLP|LeNet|ResNet-20]
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "bench/steps/bench_run.h"
#include "millrace/base/process_settings.h"
#include "millrace/tensor/process.h"

namespace millrace::bench {
namespace {

constexpr int64_t kSamples = 2048;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Case {
  std::string name, network;
  Settings settings;
  int64_t block, pairs;  // iterations of a block, and how many blocks each side has
};

/// Blocks of the hand-written loop before and after each block of the Runner's.
class Alternation {
 public:
  Alternation(HandLoop& hand, int64_t block, int64_t pairs) : hand_(hand), block_(block), pairs_(pairs) {}
  /// All blocks, one to warm, and the iteration that ends the last.
  int64_t iterations() const { return block_ * (pairs_ + 1) + 1; }

  int64_t next(double engine) {
    const double second = seconds_of(hand_, block_);
    if (before_ > 0) {
      speed_.push_back((before_ + second) / 2 / engine);
      hand_speed_.push_back(before_ / second);
      hand_times_.push_back(before_);
    }
    if (static_cast<int64_t>(speed_.size()) == pairs_) return 1;
    if (warm_) before_ = seconds_of(hand_, block_);
    warm_ = true;
    return block_;
  }

  void print(const std::string& name, int64_t batch) {
    std::sort(speed_.begin(), speed_.end());
    std::sort(hand_speed_.begin(), hand_speed_.end());
    const double hand_us = median(hand_times_) * 1e6 / static_cast<double>(block_);
    fmt::print(
        "{:<28} engine / hand {:.3f} ({:.3f} to {:.3f})   hand / hand {:.3f} ({:.3f} to {:.3f})   hand {:.0f} us a "
        "step, {:.0f} samples/s\n",
        name, median(speed_), speed_.front(), speed_.back(), median(hand_speed_), hand_speed_.front(),
        hand_speed_.back(), hand_us, 1e6 * static_cast<double>(batch) / hand_us);
    std::fflush(stdout);
  }

 private:
  HandLoop& hand_;
  int64_t block_, pairs_;
  bool warm_ = false;
  double before_ = 0;
  std::vector<double> speed_, hand_speed_, hand_times_;  // of a block against the hand-written blocks beside it
};

/// MLP and LeNet are one network for both sides: two of them lie elsewhere in memory, which alone makes a difference of
/// some percent where a step takes microseconds.
void compare(const Case& what, const std::filesystem::path& folder) {
  std::vector<int64_t> shape = input_shape(what.network);
  shape.insert(shape.begin(), kSamples);
  const at::Tensor inputs = at::randn(shape), labels = at::randint(10, {kSamples}, at::kLong);
  const auto net = make_network(what.network, Author::library);
  HandLoop hand(what.network == "ResNet-20" ? make_network(what.network, Author::hand) : net, inputs, labels,
                what.settings);
  Alternation alternation(hand, what.block, what.pairs);
  RunnerOptions options = run_options(what.settings, net, inputs, labels, folder / what.name,
                                      [&](double engine) { return alternation.next(engine); });
  options.train_cfg = use<IterBasedTrainLoop>({.max_iters = alternation.iterations()});
  Runner runner(std::move(options));
  runner.train();
  alternation.print(what.name, what.settings.batch);
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  millrace::keep_freed_memory();
  millrace::configure_process({});
  millrace::seed_generators(0);
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_bench_XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  const std::string only = argc > 1 ? argv[1] : "";
  fmt::print("training steps, {} threads, {}\n", millrace::operator_threads(), millrace::instruction_set());
  for (const millrace::bench::Case& what :
       {millrace::bench::Case{"MLP", "MLP", {.batch = 32}, 100, 61},
        millrace::bench::Case{"LeNet", "LeNet", {.batch = 32}, 20, 61},
        millrace::bench::Case{"ResNet-20 fp32", "ResNet-20", {.batch = 128}, 2, 9},
        millrace::bench::Case{"ResNet-20 fp32 channels last", "ResNet-20", {.batch = 128, .channels_last = true}, 2, 9},
        millrace::bench::Case{
            "ResNet-20 bf16 channels last", "ResNet-20", {.batch = 128, .channels_last = true, .bf16 = true}, 2, 9}})
    if (only.empty() || only == what.network) compare(what, folder);
  std::filesystem::remove_all(folder);
}
