#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace millrace {

/// A true box. Corners x1, y1, x2, y2 in pixels.
struct TrueBox {
  int64_t image;
  int64_t label;
  std::array<double, 4> box;
  bool difficult = false;  // neither a hit nor a miss: finding it counts for nothing
};
struct DetectedBox {
  int64_t image;
  int64_t label;
  std::array<double, 4> box;
  double score;
};

/// Which pixels a box covers: `inclusive` adds 1 to widths and heights, as the development kit of PASCAL VOC does.
enum class BoxEdges { continuous, inclusive };

/// The average precision of each class by the rules of the VOC development kit (Everingham et al. 2010), as fractions;
/// undefined (nan) for a class without a true box that is not difficult.
///
/// The detections of a class are taken by descending score, equal ones in their order. A detection belongs to the true
/// box of its image and class that it overlaps most; it is right if the IoU is at least `iou` and the box has not been
/// found before.
struct BoxPrecision {
  std::vector<double> area;           // under the curve whose precision never rises with recall (VOC 2010 and later)
  std::vector<double> eleven_points;  // mean of that curve at the recalls 0, 0.1, … 1 (VOC 2007)
};
BoxPrecision box_average_precision(const std::vector<TrueBox>& truth, const std::vector<DetectedBox>& detections,
                                   int64_t classes, double iou, BoxEdges edges);

/// Intersection over union of two boxes; 0 without an area.
double box_iou(const std::array<double, 4>& a, const std::array<double, 4>& b, BoxEdges edges);

}  // namespace millrace
