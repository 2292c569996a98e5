#pragma once

#include "millrace/structures/key.h"

/// Columns of the task "spots": instances with boxes (n, 4) xyxy in pixels, labels (n), masks (n, H, W), scores (n).
namespace millrace::spots {

inline const Key kTruth("gt_instances"), kFound("pred_instances");
inline const Key kBboxes("bboxes"), kLabels("labels"), kMasks("masks"), kScores("scores");

}  // namespace millrace::spots
