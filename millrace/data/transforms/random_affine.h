#pragma once

#include <array>

#include "millrace/data/geometry/geometric_transform.h"

namespace millrace {

/// Turns, scales, shears and shifts the image at random, as mmdet's transform of this name.
///
///     matrix = shift · shear · rotation · scale        around the upper left corner; points, (x, y, 1)
///
///     RandomAffine({.max_rotate_degree = 5}).apply(sample, rng);
///
/// Needs   img        (H, W) or (H, W, C)
/// Moves   all annotations; boxes become those around their four corners; instances of which nothing is left are
///         dropped, keypoints beyond the border get the visibility 0; maps and masks take the nearest pixel
/// Writes  img_shape  (h, w)
/// Draws   six uniform numbers: rotation, scale, shear of x, shear of y, shift of x, shift of y mmdet passes the matrix
/// of the boxes to OpenCV, which applies it to the centres of pixels; so its boxes are up to half a pixel off its
/// image. Here both use the boxes' coordinates.
class RandomAffine final : public GeometricTransform {
 public:
  struct Options {
    double max_rotate_degree = 10;
    double max_translate_ratio = 0.1;
    std::array<double, 2> scaling_ratio_range = {0.5, 1.5};
    double max_shear_degree = 2;
    std::array<int64_t, 2> border = {0, 0};
    OneOrMany<double> border_val = {114, 114, 114};
    bool bbox_clip_border = true;

    template <class Fields>
    static void describe(Fields& f) {
      f("max_rotate_degree", &Options::max_rotate_degree, "largest angle of the rotation, either way").within(0, 360);
      f("max_translate_ratio", &Options::max_translate_ratio, "largest shift, as a part of width and height")
          .within(0, 1);
      f("scaling_ratio_range", &Options::scaling_ratio_range, "least and largest factor").above(0);
      f("max_shear_degree", &Options::max_shear_degree, "largest angle of the shear, either way").within(0, 89);
      f("border", &Options::border, "(x, y): what to add to both sides of width and height; may be negative");
      f("border_val", &Options::border_val, "what to fill in; one number, or one per channel").not_empty();
      f("bbox_clip_border", &Options::bbox_clip_border, "keep boxes and keypoints within the image");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  RandomAffine() : RandomAffine(Options{}) {}
  explicit RandomAffine(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;

 private:
  Options options_;
};

}  // namespace millrace
