#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <opencv2/core/mat.hpp>

#include "millrace/base/error.h"

namespace millrace {

/// Copies an image of OpenCV for an Inferencer: (H, W, C) uint8, channels in their order (blue, green, red as OpenCV
/// reads them). For programs that use OpenCV; the library itself does not include this file.
///
///     const millrace::Sample row = inferencer.predict(millrace::image_of(frame));
///
/// Throws Error unless the matrix has two dimensions and 8-bit elements (CV_8UC1 … CV_8UC4).
inline at::Tensor image_of(const cv::Mat& mat) {
  if (mat.empty() || mat.dims != 2 || mat.depth() != CV_8U)
    throw Error("an image is a cv::Mat of two dimensions and of type CV_8UC1 to CV_8UC4");
  const int64_t channels = mat.channels(), row = static_cast<int64_t>(mat.step[0]);
  return at::from_blob(mat.data, {mat.rows, mat.cols, channels}, {row, channels, 1}, at::TensorOptions(at::kByte))
      .clone();
}

}  // namespace millrace
