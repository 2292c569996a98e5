#pragma once

#include "millrace/data/geometry/geometric_transform.h"

namespace millrace::classification {

/// Resizes an image so that one edge gets a given length, and keeps the ratio.
///
///     ResizeEdge({.scale = 256}).apply(sample, rng);
///
/// Needs   img  (H, W) or (H, W, C)
/// Moves   all annotations; maps and masks take the nearest pixel
/// Writes  img_shape (h, w), scale and scale_factor (w, h)
class ResizeEdge final : public GeometricTransform {
 public:
  enum class Edge { short_, long_, width, height };
  struct Options {
    Required<int64_t> scale;
    std::string edge = "short";
    ResizeBackend backend = ResizeBackend::cv2;
    Interpolation interpolation = Interpolation::bilinear;

    template <class Fields>
    static void describe(Fields& f) {
      f("scale", &Options::scale, "length of the edge").at_least(1);
      f("edge", &Options::edge, "which one: short, long, width or height");
      f("backend", &Options::backend, "whose arithmetic: OpenCV's, or Pillow's, which smooths when it shrinks");
      f("interpolation", &Options::interpolation, "kind of interpolation");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit ResizeEdge(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;

 private:
  Options options_;
  Edge edge_;
};

}  // namespace millrace::classification
