#pragma once

#include <array>
#include <variant>

#include "millrace/data/geometry/geometric_transform.h"

namespace millrace::classification {

/// Cuts a window of random area and shape out of an image and gives it a fixed size (Szegedy et al. 2015, "Going deeper
/// with convolutions", section 6).
///
///     RandomResizedCrop({.scale = 224}).apply(sample, rng);
///
/// Needs   img        (H, W) or (H, W, C)
/// Moves   all annotations; boxes and polygons end at the border, keypoints beyond it get the visibility 0, instances of
///         which nothing is left are dropped; maps and masks take the nearest pixel
/// Writes  img_shape  (h, w)
/// Draws   area (uniform) and ratio (uniform in its logarithm), at most `max_attempts` times, then the place, top before
///         left. If no window fits, it is the largest one in the middle whose ratio is allowed.
class RandomResizedCrop final : public GeometricTransform {
 public:
  struct Options {
    Required<std::variant<int64_t, std::array<int64_t, 2>>> scale;
    std::array<double, 2> crop_ratio_range = {0.08, 1.0};
    std::array<double, 2> aspect_ratio_range = {3.0 / 4.0, 4.0 / 3.0};
    int64_t max_attempts = 10;
    Interpolation interpolation = Interpolation::bilinear;
    ResizeBackend backend = ResizeBackend::cv2;

    template <class Fields>
    static void describe(Fields& f) {
      f("scale", &Options::scale, "(height, width) of the result, or both in one").at_least(1);
      f("crop_ratio_range", &Options::crop_ratio_range, "least and largest part of the image's area").within(0, 1);
      f("aspect_ratio_range", &Options::aspect_ratio_range, "least and largest width / height of the window").above(0);
      f("max_attempts", &Options::max_attempts, "draws before it takes the centre").at_least(0);
      f("interpolation", &Options::interpolation, "kind of interpolation");
      f("backend", &Options::backend, "whose arithmetic: OpenCV's, or Pillow's, which smooths when it shrinks");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit RandomResizedCrop(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;
  /// The part of an image that is drawn.
  Resampling::Window window(int64_t height, int64_t width, Rng& rng) const;

 private:
  Options options_;
  std::array<int64_t, 2> size_;  // height, width
};

}  // namespace millrace::classification
