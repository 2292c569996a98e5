#pragma once

#include <span>

#include "millrace/data/geometry/image_move.h"
#include "millrace/data/geometry/pixel_path.h"
#include "millrace/structures/sample.h"

namespace millrace {

/// One move, for annotations.
struct MoveStep {
  const ImageMove& move;
  PointMap points;
  ImageSize size;  // of the image after it
};

/// Makes one kind of annotation follow its image. Const, for several threads at once; never writes into a tensor that
/// it did not make.
///
/// A value consists of coordinates, which follow each move at once, or of pixels, which are sampled together with the
/// image's, once for several moves.
class Mover {
 public:
  virtual ~Mover() = default;

  virtual bool has_pixels(const State& value) const = 0;
  /// For coordinates: the value after the move. It may change other fields, too.
  virtual void follow(State& value, Sample& sample, const MoveStep& step) const;
  /// For pixels: the value after the path.
  virtual State sampled(const State& value, const PixelPath& path) const;
  /// Sets `inside[i]` if a part of instance i is within the image. Returns false if this kind can't tell.
  virtual bool find_inside(const State& value, const ImageSize& size, std::span<char> inside) const;
};

/// The movers. Each throws Error with the expected shape if a value has another.
namespace movers {
/// (N, 4) float: x1, y1, x2, y2; the smallest box around the four corners. (N, 5): a rotated box.
const Mover& boxes();
/// (N, 5) float: centre, width, height, and the angle of the width in radians, clockwise on the screen; in [-pi/2,
/// pi/2) if the move changes it. If the moved box is not a rectangle (a shear), it becomes the smallest rotated box
/// around its corners. It is never clipped, and is inside if its centre is.
const Mover& rotated_boxes();
/// (N, K, 3) float: x, y, visibility; or (N, K, 2), with the visibility in gt_keypoints_visible (N, K).
const Mover& keypoints();
/// (N, H, W) bool or uint8, or a list of N masks: polygons (PolygonMask) or COCO's run lengths (Rle).
const Mover& masks();
/// (H, W) labels of any dtype; filled with the move's value.
const Mover& segmentation();
/// (H, W) or (H, W, C) of any dtype, by the nearest pixel; filled with 0.
const Mover& map();
/// (H, W, 2) float32, vectors (x, y) in pixels; filled with 0.
const Mover& flow();
}  // namespace movers

}  // namespace millrace
