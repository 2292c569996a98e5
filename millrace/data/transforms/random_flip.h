#pragma once

#include <utility>
#include <vector>

#include "millrace/data/geometry/geometric_transform.h"

namespace millrace {

/// Mirrors the image and its annotations in one of the given directions, or not at all.
///
///     RandomFlip({.prob = 0.5}).apply(sample, rng);
///
/// Needs   img         (H, W) or (H, W, C), any dtype
/// Moves   all annotations:  x' = W - x, boxes x1' = W - x2, x2' = W - x1; left and right keypoints are not renamed
///         gt_seg_map  labels a and b of `swap_seg_labels` change places
/// Writes  img_shape (h, w), flip, flip_direction (None where nothing was mirrored)
/// Draws   one uniform number, flipped or not
class RandomFlip final : public GeometricTransform {
 public:
  enum class Direction { horizontal, vertical, diagonal };
  struct Options {
    Required<OneOrMany<double>> prob;
    OneOrMany<Direction> direction = Direction::horizontal;
    std::vector<std::pair<int64_t, int64_t>> swap_seg_labels{};

    template <class Fields>
    static void describe(Fields& f) {
      f("prob", &Options::prob, "chance of a flip; one for all directions together, or one each").within(0, 1);
      f("direction", &Options::direction, "axis of the mirror").not_empty();
      f("swap_seg_labels", &Options::swap_seg_labels, "pairs of labels that are left and right of one thing");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit RandomFlip(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;

 private:
  ImageMove flip(const ImageSize& size, Direction direction) const;

  Options options_;
  std::vector<double> chances_;  // of each direction
};

}  // namespace millrace
