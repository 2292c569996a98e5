#pragma once

#include "millrace/structures/key.h"

/// Keys of samples that transforms of images read and write; MMCV's names. Shapes are tuples (h, w), sizes (w, h).
namespace millrace::keys {

extern const Key img_path;       // of the file
extern const Key channel_order;  // of img: 'bgr' or 'rgb'
extern const Key img_shape;      // (h, w) of the current image
extern const Key ori_shape;      // (h, w) of the image in the file
extern const Key pad_shape;      // (h, w, c) after padding
extern const Key scale;          // (w, h), the requested size
extern const Key scale_factor;   // (w, h): the factors of lengths

// Annotations; the table in data/geometry/annotations.h has those that move with an image.
extern const Key gt_bboxes;             // (N, 4) float, xyxy, pixels; rotated: (N, 5), cx, cy, w, h, angle
extern const Key gt_bboxes_labels;      // (N) int64
extern const Key gt_ignore_flags;       // (N) bool: not to be trained on
extern const Key gt_masks;              // (N, H, W) bool or uint8; or a list of N masks of polygons or COCO's RLE
extern const Key gt_keypoints;          // (N, K, 3) float: x, y, visibility; or (N, K, 2)
extern const Key gt_keypoints_visible;  // (N, K) float, beside keypoints of (N, K, 2)
extern const Key gt_seg_map;            // (H, W) labels
extern const Key gt_depth_map;          // (H, W)
extern const Key gt_flow_fw;            // (H, W, 2) float32: x, y of the vector to the next image

extern const Key gt_instances;       // group of the packed columns with one row per instance
extern const Key ignored_instances;  // the same for instances whose gt_ignore_flags is set

}  // namespace millrace::keys
