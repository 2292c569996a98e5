#pragma once

#include "millrace/data/geometry/image_move.h"
#include "millrace/data/transform.h"

namespace millrace {

/// A transform that moves pixels. It only plans the move; boxes, masks, keypoints, maps and all other annotations in
/// the table (data/geometry/annotations.h) follow. docs/data.md shows a complete example.
///
///     class Mirror final : public GeometricTransform {
///       ImageMove plan(const Sample& sample, Rng& rng) const override {
///         const ImageSize size = image_size(sample);
///         ImageMove move;
///         if (rng.uniform() < 0.5) move.map = AxisMaps{AxisMap(size.height), AxisMap(size.width).mirrored()};
///         return move;
///       }
///     };
///
/// In a Pipeline consecutive moves sample the pixels once, if that gives the same pixels.
class GeometricTransform : public Transform {
 public:
  /// Draws the random numbers and decides everything; changes nothing. It sees sizes, coordinates and plain values.
  /// Pixels may be pending (SampleMover::hide_pixels), unless looks_at_pixels().
  virtual ImageMove plan(const Sample& sample, Rng& rng) const = 0;
  /// Whether plan() reads pixels of the image, of maps or of masks.
  virtual bool looks_at_pixels() const { return false; }

  void apply(Sample& sample, Rng& rng) const final;
};

}  // namespace millrace
