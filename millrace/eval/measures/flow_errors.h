#pragma once

#include <ATen/core/Tensor.h>

namespace millrace {

/// Eight sums over the pixels of an optical flow, (8) float64 on the device of the flow: all pixels, their distances,
/// valid pixels, their distances, and the valid pixels that are outliers (distance above 3 px and above 5 % of the
/// length of the true flow) or closer than 1, 3 and 5 px.
///
/// predictions, flow (…, 2): x and y of the motion, pixels; valid (…), 0 or 1. The distance is that of the ends of the
/// two vectors. Sums of several batches are added.
at::Tensor flow_sums(const at::Tensor& predictions, const at::Tensor& flow, const at::Tensor& valid);

/// Means of the sums; undefined (nan) without such pixels.
struct FlowErrors {
  double epe;            // mean distance of the valid pixels, px
  double epe_all;        // of all pixels
  double fl_all;         // share of outliers (KITTI 2015, Menze and Geiger)
  double px1, px3, px5;  // shares of valid pixels closer than 1, 3 and 5 px
};
FlowErrors flow_errors(const at::Tensor& sums);

}  // namespace millrace
