#include "tests/made_up_task/spots/spot_match.h"

#include <algorithm>

#include "tests/made_up_task/spots/spot_keys.h"

namespace millrace::spots {
namespace {

double iou(const float* a, const float* b) {
  const double width = std::min(a[2], b[2]) - std::max(a[0], b[0]),
               height = std::min(a[3], b[3]) - std::max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const auto area = [](const float* box) { return static_cast<double>(box[2] - box[0]) * (box[3] - box[1]); };
  return width * height / (area(a) + area(b) - width * height);
}

}  // namespace

std::vector<std::pair<int64_t, int64_t>> matches(const Instances& truth, const Instances& found) {
  const auto numbers = [](const Instances& from, Key name, at::ScalarType type) {
    return from.tensor(name).to(at::kCPU, type).contiguous();
  };
  const at::Tensor true_boxes = numbers(truth, kBboxes, at::kFloat), boxes = numbers(found, kBboxes, at::kFloat);
  const at::Tensor true_labels = numbers(truth, kLabels, at::kLong), labels = numbers(found, kLabels, at::kLong);
  std::vector<bool> taken(static_cast<size_t>(truth.size()));
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t j = 0; j < found.size(); ++j) {
    int64_t best = -1;
    double highest = 0.5;
    for (int64_t i = 0; i < truth.size(); ++i) {
      if (taken[static_cast<size_t>(i)]) continue;
      if (true_labels.const_data_ptr<int64_t>()[i] != labels.const_data_ptr<int64_t>()[j]) continue;
      const double own = iou(true_boxes.const_data_ptr<float>() + 4 * i, boxes.const_data_ptr<float>() + 4 * j);
      if (own >= highest) best = i, highest = own;
    }
    if (best < 0) continue;
    taken[static_cast<size_t>(best)] = true;
    pairs.emplace_back(best, j);
  }
  return pairs;
}

}  // namespace millrace::spots
