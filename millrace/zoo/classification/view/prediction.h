#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/infer/inferencer.h"

namespace millrace::classification {

/// The prediction of a classifier for one input.
struct Prediction {
  std::string name;            // of the class; its number if names are unknown
  int64_t label = -1;          // of the class with the highest score
  double score = 0;            // of that class
  std::vector<double> scores;  // of all classes, in the order of labels

  /// Makes it from the row of a batch, its tensors on the CPU. Reads pred_score (K); the names come from `classes` in
  /// `dataset_meta`. Throws Error if the row has no scores.
  static Prediction of(const Sample& row, const State& dataset_meta);
  /// At most `count` labels by descending score; of equal scores the smaller label first.
  std::vector<int64_t> best(int64_t count) const;
};

/// Runs a classifier on one input or several.
///
///     #include <cstdio>
///     #include "millrace/zoo/classification/view/prediction.h"
///
///     int main(int argc, char** argv) {
///       millrace::Inferencer inferencer("config.py", "work_dirs/epoch_8.pth");
///       for (int i = 1; i < argc; ++i) {
///         const auto prediction = millrace::classification::predict(inferencer, argv[i]);
///         std::printf("%s: %s (%.3f)\n", argv[i], prediction.name.c_str(), prediction.score);
///       }
///     }
///
/// Throws Error with the path if an input can't be read or is not an image, and if the model gives no `pred_score`.
Prediction predict(Inferencer& inferencer, const InferenceInput& input);
/// The predictions in the order of the inputs; runs batch by batch.
std::vector<Prediction> predict(Inferencer& inferencer, const std::vector<InferenceInput>& inputs);

}  // namespace millrace::classification
