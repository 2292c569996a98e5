// Images a second of the loader on Fashion-MNIST with the augmentation of configs/fashion_mnist/lenet.py, for a
// consumer that does nothing. One JSON line a measurement.
//
//     build/bin/bench_loader [FOLDER]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "millrace/data/data_loader.h"
#include "millrace/data/transforms/random_flip.h"
#include "millrace/tensor/process.h"
#include "millrace/zoo/classification/datasets/mnist.h"
#include "millrace/zoo/classification/transforms/pack_inputs.h"
#include "millrace/zoo/classification/transforms/random_crop.h"

namespace millrace {
namespace {

constexpr int kRepetitions = 9;
constexpr int64_t kBatchSize = 128;

double images_per_second(DataLoader& loader, int64_t pass) {
  const auto start = std::chrono::steady_clock::now();
  int64_t images = 0;
  for (Batch& batch : loader.from(pass)) images += batch.size();
  return static_cast<double>(images) / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const std::shared_ptr<Dataset>& data) {
  const std::vector<int> workers = {0, 1, 2};
  std::vector<std::vector<double>> speeds(workers.size());
  // The settings take turns, so that what else the machine does falls on all of them.
  for (int repetition = 0; repetition < kRepetitions; ++repetition)
    for (size_t i = 0; i < workers.size(); ++i) {
      DataLoader loader({.dataset = data, .batch_size = kBatchSize, .num_workers = workers[i]});
      speeds[i].push_back(images_per_second(loader, repetition));
    }
  for (size_t i = 0; i < workers.size(); ++i) {
    std::sort(speeds[i].begin(), speeds[i].end());
    fmt::print(
        "{{\"bench\": \"loader\", \"workers\": {}, \"batch_size\": {}, \"images_per_second\": {:.0f}, \"lowest\": "
        "{:.0f}, "
        "\"highest\": {:.0f}, \"isa\": \"{}\"}}\n",
        workers[i], kBatchSize, speeds[i][kRepetitions / 2], speeds[i].front(), speeds[i].back(), instruction_set());
  }
}

int run(int argc, char** argv) {
  using namespace classification;
  try {
    measure(std::make_shared<FashionMNIST>(
        MNIST::Options{.data_root = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist",
                       .common = {.pipeline = {component<RandomCrop>({.crop_size = 28, .padding = 2}),
                                               component<RandomFlip>({.prob = 0.5}), component<PackInputs>()}}}));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_loader: {}\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) { return millrace::run(argc, argv); }
