#pragma once

#include <c10/util/SmallVector.h>

#include <array>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/data/geometry/axis_map.h"
#include "millrace/data/geometry/point_map.h"
#include "millrace/data/image_resize.h"
#include "millrace/structures/sample.h"

namespace millrace {

/// Copies pixels: each row and column of the output comes from one of the input. Exact.
struct AxisMaps {
  AxisMap rows, columns;
};

/// Resizes a window of the input. Maps and masks take the nearest pixel.
struct Resampling {
  struct Window {
    int64_t top = 0, left = 0, height = 0, width = 0;
  };
  Window from;
  ImageSize to;
  ResizeBackend backend = ResizeBackend::cv2;
  Interpolation interpolation = Interpolation::bilinear;
};

/// An affine or projective map of points and pixels. `interpolation`: nearest, bilinear, bicubic or lanczos, of OpenCV.
/// Maps and masks take the nearest pixel.
struct Warp {
  PointMap::Matrix matrix;  // maps points of the input to the output; must have an inverse
  ImageSize to;
  Interpolation interpolation = Interpolation::bilinear;
};

/// What a geometric transform does to a sample: all its decisions, without the computation.
struct ImageMove {
  /// The values outside of the input. Depth, flow and masks get 0.
  struct Fill {
    c10::SmallVector<double, 4> image = {0};  // one number, or one per channel
    double segmentation = 255;
  };
  /// How objects at the border of the new image are treated.
  struct Border {
    bool clip_boxes = false;      // cut boxes and polygons at the border
    bool clip_points = false;     // move keypoints onto the border
    bool hide_points = false;     // keypoints outside get the visibility 0
    bool drop_instances = false;  // drop instances that are completely outside, from all columns of their group
  };
  struct Note {
    Key key;
    State value;
  };

  /// Where pixels come from; empty: nothing moves.
  std::variant<std::monostate, AxisMaps, Resampling, Warp> map;
  Fill fill{};
  Border border{};
  /// Pairs of labels of a segmentation map to swap: the left and right sides of things, for mirrors.
  std::vector<std::pair<int64_t, int64_t>> swapped_labels{};
  /// Fields that the transform writes into the sample. (img_shape is written for each move.)
  c10::SmallVector<Note, 4> notes{};

  /// The size of the output for an image of `size`.
  ImageSize size_after(const ImageSize& size) const;
  /// The map of points from input to output.
  PointMap points() const;
};

/// The size of the image of a sample, `img`. Throws Error if it is neither (H, W) nor (H, W, C), or is empty.
ImageSize image_size(const Sample& sample);

}  // namespace millrace
