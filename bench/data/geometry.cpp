// What a pipeline of geometric transforms costs when their pixels are sampled once, against one transform after the
// other: resize, crop, flip and normalise of a photograph's size, as for segmentation (mmseg: a larger image, of which a
// part is cut) and for classification (the shorter edge to 256, 224 of it). Both take turns; one JSON line a pipeline.
//
//     build/bin/bench_geometry

#include <ATen/ops/randint.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "millrace/data/image_keys.h"
#include "millrace/data/transforms/center_crop.h"
#include "millrace/data/transforms/normalize.h"
#include "millrace/data/transforms/random_flip.h"
#include "millrace/data/transforms/resize.h"
#include "millrace/data/worker_scope.h"
#include "millrace/tensor/process.h"
#include "millrace/zoo/classification/transforms/random_crop.h"
#include "millrace/zoo/classification/transforms/resize_edge.h"

namespace millrace {
namespace {

constexpr int kRepetitions = 15;
constexpr uint64_t kImages = 20;

using Transforms = std::vector<std::shared_ptr<Transform>>;

/// Milliseconds an image.
template <class Apply>
double time_of(const Sample& sample, const Apply& apply) {
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t ordinal = 0; ordinal < kImages; ++ordinal) {
    Sample own = sample;
    apply(own, Rng(0, Mode::train, ordinal));
  }
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / kImages;
}

void measure(const char* name, int64_t height, int64_t width, const Transforms& transforms) {
  Sample sample;
  sample.set(keys::img, at::randint(256, {height, width, 3}, at::kByte));
  sample.set(keys::gt_seg_map, at::randint(20, {height, width}, at::kByte));
  const Pipeline pipeline(std::vector<Component<Transform>>(transforms.begin(), transforms.end()));
  const auto together = [&](Sample& own, const Rng& rng) { pipeline.apply(own, rng); };
  const auto stepwise = [&](Sample& own, const Rng& rng) {
    for (size_t i = 0; i < transforms.size(); ++i) {
      Rng drawn = rng.at(static_cast<uint32_t>(i));
      transforms[i]->apply(own, drawn);
    }
  };
  std::vector<double> ratios, times[2];
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    times[0].push_back(time_of(sample, together));
    times[1].push_back(time_of(sample, stepwise));
    ratios.push_back(times[0].back() / times[1].back());
  }
  for (auto* values : {&ratios, &times[0], &times[1]}) std::sort(values->begin(), values->end());
  constexpr size_t kMiddle = kRepetitions / 2;
  fmt::print(
      "{{\"bench\": \"geometry\", \"pipeline\": \"{}\", \"together_ms\": {:.3f}, \"stepwise_ms\": {:.3f}, \"ratio\": "
      "{:.3f}, \"lowest\": {:.3f}, \"highest\": {:.3f}, \"promise\": 0.7, \"isa\": \"{}\"}}\n",
      name, times[0][kMiddle], times[1][kMiddle], ratios[kMiddle], ratios.front(), ratios.back(), instruction_set());
}

std::shared_ptr<Transform> normalize() {
  const std::vector<double> mean = {123.675, 116.28, 103.53}, deviation = {58.395, 57.12, 57.375};
  return std::make_shared<Normalize>(Normalize::Options{.mean = mean, .std = deviation});
}

int run() {
  try {
    const WorkerScope scope;  // one thread, as in a loader
    const auto flip = std::make_shared<RandomFlip>(RandomFlip::Options{.prob = 0.5});
    measure(
        "segmentation", 512, 683,
        {std::make_shared<Resize>(Resize::Options{.scale = std::array<int64_t, 2>{2048, 1024}, .keep_ratio = true}),
         std::make_shared<classification::RandomCrop>(classification::RandomCrop::Options{.crop_size = int64_t{512}}),
         flip, normalize()});
    measure("classification", 375, 500,
            {std::make_shared<classification::ResizeEdge>(classification::ResizeEdge::Options{.scale = 256}),
             std::make_shared<CenterCrop>(CenterCrop::Options{.crop_size = int64_t{224}}), flip, normalize()});
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_geometry: {}\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace millrace

int main() { return millrace::run(); }
