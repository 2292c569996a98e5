#include "millrace/eval/file_measures/class_predictions.h"

#include <ATen/ops/max.h>
#include <fmt/format.h>

namespace millrace {

ClassPredictions class_predictions(FileInputs& inputs, int64_t classes) {
  ClassPredictions read;
  if (!inputs.has("scores")) {
    read.predicted = inputs.labels("predictions", {"rows"}, classes);
  } else {
    const at::Tensor scores = inputs.numbers("scores", {"rows", "classes"});
    if (scores.size(0) > 0 && scores.size(1) != classes)
      throw inputs.refusal("scores", fmt::format("has {} classes, num_classes is {}", scores.size(1), classes));
    std::tie(read.score, read.predicted) = at::max(scores.view({scores.size(0), classes}), 1);
  }
  read.labels = inputs.labels("labels", {"rows"}, classes);
  return read;
}

}  // namespace millrace
