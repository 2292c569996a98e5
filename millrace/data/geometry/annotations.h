#pragma once

#include <optional>
#include <span>

#include "millrace/data/geometry/mover.h"

namespace millrace {

/// One row of the table of annotations of an image. Annotations with one row per instance form a group: if a move drops
/// instances, they are removed from all columns of the group.
///
///     gt_bboxes            gt_instances.bboxes             boxes, rotated or not
///     gt_bboxes_labels     gt_instances.labels             -
///     gt_masks             gt_instances.masks              bitmaps, polygons or run lengths
///     gt_keypoints         gt_instances.keypoints          keypoints
///     gt_keypoints_visible gt_instances.keypoints_visible  -
///     gt_ignore_flags      gt_instances.ignore_flags       -
///     gt_seg_map           gt_sem_seg.sem_seg              one per image: labels
///     gt_depth_map         gt_depth_map.data               one per image: distances
///     gt_flow_fw           gt_flow_fw.data                 one per image: vectors
///
/// A zoo adds its own annotations when it is loaded, and every transform moves them:
///
///     const bool is_added = add_annotation({Key("gt_areas"), Key("gt_instances.areas"), Annotation::Per::instance});
struct Annotation {
  enum class Per { instance, image };
  Key key;     // in a pipeline, as MMCV's transforms call it
  Key packed;  // in a batch; the part before the dot is the group
  Per per = Per::instance;
  const Mover* mover = nullptr;  // null: it does not move
};

/// Adds a row to the table; throws Error if the key exists. Returns true, for a static initialiser.
bool add_annotation(const Annotation& annotation);
/// A copy of all rows.
std::span<const Annotation> annotations();
/// The row for a field of a sample; null if it is not an annotation.
const Annotation* find_annotation(Key key);

/// The group of a field with one row per instance: by the table, or because set_rows or set_row_list wrote it under the
/// name of a group.
std::optional<Key> instance_group(const Sample::Field& field);

/// Removes the instances with `kept[i]` == 0 from all columns of the group. Throws Error if a column has another number
/// of rows.
void keep_instances(Sample& sample, Key group, std::span<const char> kept);

/// Renames the annotations from the names of MMCV's transforms to those of a batch, by the table: gt_bboxes becomes
/// gt_instances.bboxes, with one row per instance, and so on. Maps become (C, H, W). Instances that gt_ignore_flags
/// marks go to ignored_instances, with the same columns.
void pack_annotations(Sample& sample);

}  // namespace millrace
