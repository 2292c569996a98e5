// Images a second of the loader, for a consumer that does nothing: Fashion-MNIST with the augmentation of
// configs/fashion_mnist/lenet.py, images like CIFAR-10's with that of mmpretrain's CIFAR configs, and JPEG files with
// that of ImageNet's. One JSON line a measurement.
//
//     build/bin/bench_loader [FASHION_MNIST_FOLDER [IMAGE_FOLDER]]
//
// Image files are those of clothing192 below $MILLRACE_SHARED (../shared) where none are named.

#include <ATen/ops/arange.h>
#include <ATen/ops/randint.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "millrace/data/data_loader.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/data/transforms/load_image_from_file.h"
#include "millrace/data/transforms/random_flip.h"
#include "millrace/tensor/process.h"
#include "millrace/zoo/classification/datasets/custom_dataset.h"
#include "millrace/zoo/classification/datasets/mnist.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/transforms/pack_inputs.h"
#include "millrace/zoo/classification/transforms/random_crop.h"
#include "millrace/zoo/classification/transforms/random_resized_crop.h"

namespace millrace {
namespace {

using namespace classification;

constexpr int kRepetitions = 9;
constexpr int64_t kBatchSize = 128;

double images_per_second(DataLoader& loader, int64_t pass) {
  const auto start = std::chrono::steady_clock::now();
  int64_t images = 0;
  for (Batch& batch : loader.from(pass)) images += batch.size();
  return static_cast<double>(images) / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const char* name, const std::shared_ptr<Dataset>& data) {
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
        "{{\"bench\": \"loader\", \"data\": \"{}\", \"workers\": {}, \"batch_size\": {}, \"images_per_second\": "
        "{:.0f}, "
        "\"lowest\": {:.0f}, \"highest\": {:.0f}, \"isa\": \"{}\"}}\n",
        name, workers[i], kBatchSize, speeds[i][kRepetitions / 2], speeds[i].front(), speeds[i].back(),
        instruction_set());
  }
}

std::shared_ptr<Dataset> fashion_mnist(const std::string& folder) {
  return std::make_shared<FashionMNIST>(
      MNIST::Options{.data_root = folder,
                     .common = {.pipeline = {use<RandomCrop>({.crop_size = 28, .padding = 2}),
                                             use<RandomFlip>({.prob = 0.5}), use<PackInputs>()}}});
}

/// What CIFAR10 gives, without its files.
std::shared_ptr<Dataset> cifar_like() {
  constexpr int64_t kCount = 20000;
  const TensorDataset::Columns columns = {
      {keys::img, at::randint(256, {kCount, 32, 32, 3}, at::kByte)},
      {keys::gt_label, at::arange(kCount).remainder(10)},
  };
  return std::make_shared<TensorDataset>(
      columns, DatasetOptions{.pipeline = {use<RandomCrop>({.crop_size = 32, .padding = 4}),
                                           use<RandomFlip>({.prob = 0.5}), use<PackInputs>()}});
}

std::shared_ptr<Dataset> image_files(const std::string& folder) {
  return std::make_shared<CustomDataset>(CustomDataset::Options{
      .data_root = folder,
      .common = {.pipeline = {use<LoadImageFromFile>(), use<RandomResizedCrop>({.scale = int64_t{224}}),
                              use<RandomFlip>({.prob = 0.5}), use<PackInputs>()}}});
}

int run(int argc, char** argv) {
  try {
    measure("fashion_mnist", fashion_mnist(argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist"));
    measure("cifar10", cifar_like());
    const char* const shared = std::getenv("MILLRACE_SHARED");
    const std::string folder =
        argc > 2 ? argv[2] : std::string(shared ? shared : "../shared") + "/data/clothing192/train";
    if (std::filesystem::is_directory(folder)) measure("jpeg_files", image_files(folder));
    else fmt::print(stderr, "bench_loader: no {}, so no JPEG files were measured\n", folder);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_loader: {}\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) { return millrace::run(argc, argv); }
