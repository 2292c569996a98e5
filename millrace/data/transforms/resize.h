#pragma once

#include <array>
#include <optional>
#include <variant>

#include "millrace/data/image_resize.h"
#include "millrace/data/transform.h"

namespace millrace {

/// Gives an image another size, and moves what lies on it along.
///
///     Resize({.scale = std::array<int64_t, 2>{1333, 800}, .keep_ratio = true}).apply(sample, rng);
///
/// Needs   img           (H, W) or (H, W, C)
/// Also    gt_bboxes     multiplied with the factors of width and height
///         gt_keypoints  x and y, too
///         gt_seg_map    (H, W), by the nearest pixel
/// Writes  img_shape (h, w), scale (w, h), scale_factor (w, h), keep_ratio
/// With keep_ratio the image becomes as large as fits into `scale`, whose longer number bounds its longer edge.
class Resize final : public Transform {
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
      f("scale", &Options::scale, "(width, height), or both in one; goes before scale_factor").at_least(1);
      f("scale_factor", &Options::scale_factor, "what width and height are multiplied with").above(0);
      f("keep_ratio", &Options::keep_ratio, "keep the ratio of width to height, within scale");
      f("clip_object_border", &Options::clip_object_border, "keep boxes and keypoints within the image");
      f("backend", &Options::backend, "whose arithmetic: OpenCV's, or Pillow's, which smooths what gets smaller");
      f("interpolation", &Options::interpolation, "how pixels between pixels are computed");
    }
  };
  explicit Resize(Options options);
  void apply(Sample& sample, Rng& rng) const override;

 private:
  std::array<int64_t, 2> target(int64_t width, int64_t height) const;
  std::array<int64_t, 2> achieved(const at::Tensor& image, const std::array<int64_t, 2>& scale) const;

  Options options_;
};

/// Boxes (N, 4) and keypoints (N, K, 3) of a sample, if it has any, multiplied with the factors of width and height; as
/// far as `clip` says, within an image of `width` and `height`.
void scale_objects(Sample& sample, std::array<double, 2> factors, bool clip, int64_t width, int64_t height);

}  // namespace millrace
