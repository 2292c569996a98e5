#pragma once

#include <span>

#include "millrace/data/geometry/image_move.h"
#include "millrace/data/geometry/pixel_path.h"
#include "millrace/structures/sample.h"

namespace millrace {

/// One move, as annotations see it.
struct MoveStep {
  const ImageMove& move;
  PointMap points;
  ImageSize size;  // of the image after it
};

/// How one kind of annotation follows the image it lies on. Const, for several threads at once; never writes into a
/// tensor that it did not make.
///
/// A value is made of coordinates, which follow each move by itself, or of pixels, which are sampled with the image's:
/// once for several moves.
class Mover {
 public:
  virtual ~Mover() = default;

  virtual bool has_pixels(const State& value) const = 0;
  /// The value after the move, if it is made of coordinates. Fields beside it may be changed along.
  virtual void follow(State& value, Sample& sample, const MoveStep& step) const;
  /// The value after the path, if it is made of pixels.
  virtual State sampled(const State& value, const PixelPath& path) const;
  /// Sets `inside[i]` if something of instance i is within the image. False if this kind can't tell.
  virtual bool find_inside(const State& value, const ImageSize& size, std::span<char> inside) const;
};

/// The kinds that there are. Each throws Error, saying which shape it takes, for a value of another.
namespace movers {
/// (N, 4) float: x1, y1, x2, y2; the smallest box around the four corners. (N, 5): a rotated box.
const Mover& boxes();
/// (N, 5) float: middle, width, height, and the angle of the width in radians, clockwise on the screen; [-pi/2, pi/2) if
/// the move changes it. What is a rectangle still is that one; else the smallest rotated one around its corners. Never
/// clipped; it is inside if its middle is.
const Mover& rotated_boxes();
/// (N, K, 3) or (N, K, 2) float: x, y, visibility; that of two columns is gt_keypoints_visible (N, K).
const Mover& keypoints();
/// (N, H, W) bool or uint8, or a list of N masks: polygons (PolygonMask) or COCO's run lengths (Rle).
const Mover& masks();
/// (H, W) labels of any dtype; filled as the move says.
const Mover& segmentation();
/// (H, W) or (H, W, C) of any dtype, by the nearest pixel; filled with 0.
const Mover& map();
/// (H, W, 2) float32, vectors (x, y) in pixels; filled with 0.
const Mover& flow();
}  // namespace movers

}  // namespace millrace
