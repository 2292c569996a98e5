#include "millrace/data/image_keys.h"

namespace millrace::keys {

const Key img_path("img_path");
const Key channel_order("channel_order");
const Key img_shape("img_shape");
const Key ori_shape("ori_shape");
const Key pad_shape("pad_shape");
const Key scale("scale");
const Key scale_factor("scale_factor");
const Key gt_bboxes("gt_bboxes");
const Key gt_bboxes_labels("gt_bboxes_labels");
const Key gt_ignore_flags("gt_ignore_flags");
const Key gt_masks("gt_masks");
const Key gt_keypoints("gt_keypoints");
const Key gt_keypoints_visible("gt_keypoints_visible");
const Key gt_seg_map("gt_seg_map");
const Key gt_depth_map("gt_depth_map");
const Key gt_flow_fw("gt_flow_fw");
const Key gt_instances("gt_instances");
const Key ignored_instances("ignored_instances");

}  // namespace millrace::keys
