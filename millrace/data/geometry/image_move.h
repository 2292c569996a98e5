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

/// Copies of pixels: rows and columns of the output, each from one of the input. Exact.
struct AxisMaps {
  AxisMap rows, columns;
};

/// A window of the input in another size. Maps and masks take the nearest pixel.
struct Resampling {
  struct Window {
    int64_t top = 0, left = 0, height = 0, width = 0;
  };
  Window from;
  ImageSize to;
  ResizeBackend backend = ResizeBackend::cv2;
  Interpolation interpolation = Interpolation::bilinear;
};

/// An affine or projective map of points, and of the pixels with them. `interpolation`: nearest, bilinear, bicubic or
/// lanczos, of OpenCV. Maps and masks take the nearest pixel.
struct Warp {
  PointMap::Matrix matrix;  // where a point of the input lands; must have an inverse
  ImageSize to;
  Interpolation interpolation = Interpolation::bilinear;
};

/// What a geometric transform does to a sample: all that it decided, and nothing of how it is done.
struct ImageMove {
  /// What is filled in where nothing of the input is. Depth, flow and masks get 0.
  struct Fill {
    c10::SmallVector<double, 4> image = {0};  // one number, or one a channel
    double segmentation = 255;
  };
  /// What becomes of objects at the border of the new image.
  struct Border {
    bool clip_boxes = false;      // boxes and polygons end there
    bool clip_points = false;     // keypoints are moved onto it
    bool hide_points = false;     // keypoints beyond it get the visibility 0
    bool drop_instances = false;  // instances of which nothing is left are dropped, from all columns of their group
  };
  struct Note {
    Key key;
    State value;
  };

  /// Where pixels come from. None: everything stays where it is.
  std::variant<std::monostate, AxisMaps, Resampling, Warp> map;
  Fill fill{};
  Border border{};
  /// Labels of a segmentation map that change places: what is left and right of one thing, for mirrors.
  std::vector<std::pair<int64_t, int64_t>> swapped_labels{};
  /// What the transform says about itself; written into the sample. (img_shape is written for each move.)
  c10::SmallVector<Note, 4> notes{};

  /// Of the output of an image of `size`.
  ImageSize size_after(const ImageSize& size) const;
  /// Where points of an image land.
  PointMap points() const;
};

/// Of the image of a sample, `img`. Throws Error if it is neither (H, W) nor (H, W, C), or has no pixel.
ImageSize image_size(const Sample& sample);

}  // namespace millrace
