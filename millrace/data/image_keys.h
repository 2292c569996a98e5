#pragma once

#include "millrace/structures/key.h"

/// Keys of samples that transforms of images read and write; MMCV's names. Shapes are tuples (h, w), sizes (w, h).
namespace millrace::keys {

extern const Key img_path;      // of the file
extern const Key img_shape;     // (h, w) as the image is
extern const Key ori_shape;     // (h, w) as it was in the file
extern const Key pad_shape;     // (h, w, c) after padding
extern const Key scale;         // (w, h) that was asked for
extern const Key scale_factor;  // (w, h): what lengths were multiplied with
extern const Key gt_bboxes;     // (N, 4) float, xyxy, pixels
extern const Key gt_keypoints;  // (N, K, 3) float: x, y, visibility
extern const Key gt_seg_map;    // (H, W)

}  // namespace millrace::keys
