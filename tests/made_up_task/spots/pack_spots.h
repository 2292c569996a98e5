#pragma once

#include "millrace/data/transform.h"

namespace millrace::spots {

/// A sample as the model takes it.
///
/// Needs   img (H, W, 3) uint8
/// Also    gt_bboxes, gt_bboxes_labels, gt_masks, which images of a user do not have
/// Writes  img (3, H, W); gt_instances.bboxes, .labels, .masks; keeps img_path, img_shape, channel_order
class PackSpots final : public Transform {
 public:
  void apply(Sample& sample, Rng& rng) const override;
};

}  // namespace millrace::spots
