#pragma once

#include <array>
#include <optional>
#include <variant>

#include "millrace/data/geometry/geometric_transform.h"

namespace millrace {

/// Turns the image by a random angle, or not at all, as mmseg's transform of this name (by mmcv.imrotate).
///
///     RandomRotate({.prob = 0.5, .degree = 10.0}).apply(sample, rng);
///
/// Needs   img        (H, W) or (H, W, C)
/// Moves   all annotations; boxes become those around their four corners; instances of which nothing is left are
///         dropped, keypoints beyond the border get the visibility 0; maps and masks take the nearest pixel
/// Writes  img_shape  (h, w)
/// Draws   two uniform numbers, turned or not: whether, and the angle; a positive one turns clockwise A single number
/// in `pad_val` fills all channels; mmcv fills only the first.
class RandomRotate final : public GeometricTransform {
 public:
  struct Options {
    Required<double> prob;
    Required<std::variant<double, std::array<double, 2>>> degree;
    OneOrMany<double> pad_val = 0.0;
    double seg_pad_val = 255;
    std::optional<std::array<double, 2>> center{};
    bool auto_bound = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("prob", &Options::prob, "chance of a rotation").within(0, 1);
      f("degree", &Options::degree, "the angles: (least, largest), or the largest one, either way");
      f("pad_val", &Options::pad_val, "what to fill into the image; one number, or one per channel").not_empty();
      f("seg_pad_val", &Options::seg_pad_val, "what to fill into the segmentation map");
      f("center", &Options::center, "(x, y) of the pixel that stays where it is; None: the middle of the image");
      f("auto_bound", &Options::auto_bound, "make the image as large as the turned one is");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit RandomRotate(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;

 private:
  ImageMove rotation(const ImageSize& size, double degrees) const;

  Options options_;
  std::array<double, 2> degrees_;  // least and largest
};

}  // namespace millrace
