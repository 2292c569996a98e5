#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/eval/file_inputs.h"

namespace millrace {

/// What a file says of the classes of its rows.
struct ClassPredictions {
  at::Tensor predicted, labels;  // (N) int64 in [0, classes)
  at::Tensor score;              // (N) float64, the best score of each row; undefined if the file has `predictions`
};
/// Reads labels (rows), and predictions (rows) or scores (rows, classes), whose best class is the prediction; of equal
/// scores the lowest class.
ClassPredictions class_predictions(FileInputs& inputs, int64_t classes);

}  // namespace millrace
