#include "millrace/data/image_keys.h"

namespace millrace::keys {

const Key img_path("img_path");
const Key img_shape("img_shape");
const Key ori_shape("ori_shape");
const Key pad_shape("pad_shape");
const Key scale("scale");
const Key scale_factor("scale_factor");
const Key gt_bboxes("gt_bboxes");
const Key gt_keypoints("gt_keypoints");
const Key gt_seg_map("gt_seg_map");

}  // namespace millrace::keys
