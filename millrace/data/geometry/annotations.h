#pragma once

#include <optional>
#include <span>

#include "millrace/data/geometry/mover.h"

namespace millrace {

/// One line of the table of what can lie on an image. What has a row an instance is of a group: instances that a move
/// throws out are dropped from all its columns at once.
///
///     gt_bboxes            gt_instances.bboxes             boxes, rotated or not
///     gt_bboxes_labels     gt_instances.labels             -
///     gt_masks             gt_instances.masks              bitmaps, polygons or run lengths
///     gt_keypoints         gt_instances.keypoints          keypoints
///     gt_keypoints_visible gt_instances.keypoints_visible  -
///     gt_ignore_flags      gt_instances.ignore_flags       -
///     gt_seg_map           gt_sem_seg.sem_seg              one an image: labels
///     gt_depth_map         gt_depth_map.data               one an image: distances
///     gt_flow_fw           gt_flow_fw.data                 one an image: vectors
///
/// A zoo adds its own when it is loaded, and every transform moves it:
///
///     const bool is_added = add_annotation({Key("gt_areas"), Key("gt_instances.areas"), Annotation::Per::instance});
struct Annotation {
  enum class Per { instance, image };
  Key key;     // in a pipeline, as MMCV's transforms call it
  Key packed;  // in a batch; the group is what comes before the dot
  Per per = Per::instance;
  const Mover* mover = nullptr;  // none: it does not move
};

/// Throws Error if the table has the key. True, for a static initialiser.
bool add_annotation(const Annotation& annotation);
/// All lines; those added later are not in it.
std::span<const Annotation> annotations();
/// Of a field of a pipeline's sample; null if it is not one of them.
const Annotation* find_annotation(Key key);

/// The group whose columns have a row an instance, for a field that is one of them: by the table, or because it is
/// written by set_rows or set_row_list under the name of a group.
std::optional<Key> instance_group(const Sample::Field& field);

/// Takes instances out of all columns of the group: those of which `kept[i]` is 0. Throws Error if a column has not as
/// many rows.
void keep_instances(Sample& sample, Key group, std::span<const char> kept);

/// Renames what MMCV's transforms left behind to what a batch has, as the table says: gt_bboxes to gt_instances.bboxes,
/// with a row an instance, and so on. Maps become (C, H, W). Instances that gt_ignore_flags marks go to
/// ignored_instances, with the same columns.
void pack_annotations(Sample& sample);

}  // namespace millrace
