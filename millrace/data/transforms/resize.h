#pragma once

#include <array>
#include <optional>
#include <variant>

#include "millrace/data/geometry/geometric_transform.h"
#include "millrace/data/image_resize.h"

namespace millrace {

/// Gives an image another size, and moves its annotations with it.
///
///     Resize({.scale = std::array<int64_t, 2>{1333, 800}, .keep_ratio = true}).apply(sample, rng);
///
/// Needs   img         (H, W) or (H, W, C)
/// Moves   all annotations: coordinates are multiplied with the factors of width and height; maps and masks take the
///         nearest pixel, and a map of another size than the image's gets the new size, too
/// Writes  img_shape (h, w), scale (w, h), scale_factor (w, h), keep_ratio
/// With keep_ratio the image becomes as large as fits into `scale`, whose longer number bounds its longer edge.
class Resize final : public GeometricTransform {
 public:
  struct Options {
    std::optional<std::variant<int64_t, std::array<int64_t, 2>>> scale;
    std::optional<std::variant<double, std::array<double, 2>>> scale_factor;
    bool keep_ratio = false;
    bool clip_object_border = true;
    ResizeBackend backend = ResizeBackend::cv2;
    Interpolation interpolation = Interpolation::bilinear;

    template <class Fields>
    static void describe(Fields& f) {
      f("scale", &Options::scale, "(width, height), or both in one; takes precedence over scale_factor").at_least(1);
      f("scale_factor", &Options::scale_factor, "factor of width and height").above(0);
      f("keep_ratio", &Options::keep_ratio, "keep the ratio of width to height, within scale");
      f("clip_object_border", &Options::clip_object_border, "keep boxes and keypoints within the image");
      f("backend", &Options::backend, "whose arithmetic: OpenCV's, or Pillow's, which smooths when it shrinks");
      f("interpolation", &Options::interpolation, "kind of interpolation");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit Resize(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;

 private:
  std::array<int64_t, 2> target(int64_t width, int64_t height) const;
  ImageSize achieved(const ImageSize& size, const std::array<int64_t, 2>& scale) const;

  Options options_;
};

}  // namespace millrace
