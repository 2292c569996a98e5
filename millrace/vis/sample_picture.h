#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "millrace/picture/rgb_image.h"
#include "millrace/tensor/state.h"

namespace millrace {

class Batch;

/// What is known of one sample of a batch: its label, and what a network said.
struct SampleAnswer {
  std::optional<int64_t> truth, said;
  std::optional<double> score;  // of `said`
};

/// Reads  gt_label (N), pred_label (N) and pred_score (N, K), as far as the batch has them
std::vector<SampleAnswer> answers_of(const Batch& batch);

/// "Shirt" by the `classes` of a data set's meta; the number where it has none of that label.
std::string class_label(const State& dataset_meta, int64_t label);

/// Row `i` of the column `img` as a picture; none if the batch has no image there.
///
/// An image (1, H, W) or (3, H, W), of bytes, or of floating point in 0 to 255. `is_bgr`: blue is the first of the
/// channels.
std::optional<RgbImage> picture_of(const Batch& batch, int64_t i, bool is_bgr);

/// The picture, its longer edge about `side` pixels, above what the network said and what the label is: the bar behind
/// the first is as long as its score, green where it is right and red where it is wrong.
RgbImage answered(const RgbImage& picture, const SampleAnswer& answer, const State& dataset_meta, int64_t side = 140);

/// Pictures in rows of `columns`.
RgbImage sheet_of(const std::vector<RgbImage>& pictures, int64_t columns);

}  // namespace millrace
