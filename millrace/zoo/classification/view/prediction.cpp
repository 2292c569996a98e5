#include "millrace/zoo/classification/view/prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "millrace/base/text.h"
#include "millrace/vis/task_view.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {

Prediction Prediction::of(const Sample& row, const State& dataset_meta) {
  if (!row.has(keys::pred_score)) {
    std::vector<std::string> names;
    for (const Sample::Field& field : row.fields()) names.push_back(field.key.name());
    throw Error("the model predicts no class of its inputs: it gives no 'pred_score'")
        .note("the row has: " + join(names))
        .help("inferencer.predict(image) gives all that it predicts");
  }
  const at::Tensor scores = row.tensor(keys::pred_score).to(at::kCPU, at::kDouble).contiguous();
  if (scores.dim() != 1 || scores.size(0) == 0)
    throw Error(
        fmt::format("pred_score has one score a class, (N, K); a row of this one has {} dimensions", scores.dim()));
  Prediction prediction;
  const double* const begin = scores.const_data_ptr<double>();
  prediction.scores.assign(begin, begin + scores.size(0));
  prediction.label = std::max_element(prediction.scores.begin(), prediction.scores.end()) - prediction.scores.begin();
  prediction.score = prediction.scores[static_cast<size_t>(prediction.label)];
  prediction.name = class_name_of_label(dataset_meta, prediction.label);
  return prediction;
}

std::vector<int64_t> Prediction::best(int64_t count) const {
  std::vector<int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return scores[static_cast<size_t>(a)] > scores[static_cast<size_t>(b)];
  });
  order.resize(std::min(order.size(), static_cast<size_t>(count)));
  return order;
}

Prediction predict(Inferencer& inferencer, const InferenceInput& input) {
  return predict(inferencer, std::vector<InferenceInput>{input}).front();
}

std::vector<Prediction> predict(Inferencer& inferencer, const std::vector<InferenceInput>& inputs) {
  std::vector<Prediction> all;
  inferencer.for_each_batch(inputs, [&](Batch& batch) {
    const Batch shown = for_people(batch);
    for (int64_t i = 0; i < shown.size(); ++i) all.push_back(Prediction::of(shown.row(i), inferencer.dataset_meta()));
  });
  return all;
}

}  // namespace millrace::classification
