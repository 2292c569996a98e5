#include "millrace/eval/measures/box_average_precision.h"

#include <algorithm>
#include <map>

#include "millrace/eval/measures/defined.h"

namespace millrace {
namespace {

/// Recall and precision after each detection.
struct PrecisionCurve {
  std::vector<double> recall, precision;
};

struct Found {
  const TrueBox* box;
  bool before = false;
};

PrecisionCurve curve_of_class(const std::vector<TrueBox>& truth, std::vector<const DetectedBox*> detections,
                              int64_t label, double iou, BoxEdges edges) {
  std::map<int64_t, std::vector<Found>> of_image;
  double wanted = 0;
  for (const TrueBox& box : truth) {
    if (box.label != label) continue;
    of_image[box.image].push_back({&box});
    if (!box.difficult) wanted += 1;
  }
  if (wanted == 0) return {};
  std::stable_sort(detections.begin(), detections.end(),
                   [](const DetectedBox* a, const DetectedBox* b) { return a->score > b->score; });
  PrecisionCurve curve;
  double right = 0, wrong = 0;
  for (const DetectedBox* detection : detections) {
    Found* nearest = nullptr;
    double overlap = -1;
    if (const auto found = of_image.find(detection->image); found != of_image.end())
      for (Found& candidate : found->second)
        if (const double own = box_iou(detection->box, candidate.box->box, edges); own > overlap)
          overlap = own, nearest = &candidate;
    if (nearest != nullptr && overlap >= iou) {
      if (!nearest->box->difficult) {
        (nearest->before ? wrong : right) += 1;
        nearest->before = true;
      }
    } else {
      wrong += 1;
    }
    curve.recall.push_back(right / wanted);
    curve.precision.push_back(right + wrong == 0 ? 0 : right / (right + wrong));
  }
  // A point of the curve has the best precision of all points with at least its recall.
  for (size_t i = curve.precision.size(); i-- > 1;)
    curve.precision[i - 1] = std::max(curve.precision[i - 1], curve.precision[i]);
  return curve;
}

double area_under(const PrecisionCurve& curve) {
  double area = 0, before = 0;
  for (size_t i = 0; i < curve.recall.size(); ++i) {
    area += (curve.recall[i] - before) * curve.precision[i];
    before = curve.recall[i];
  }
  return area;
}

double mean_at_eleven_points(const PrecisionCurve& curve) {
  double sum = 0;
  for (int tenth = 0; tenth <= 10; ++tenth) {
    const auto at =
        std::find_if(curve.recall.begin(), curve.recall.end(), [&](double recall) { return recall >= tenth / 10.0; });
    if (at != curve.recall.end()) sum += curve.precision[static_cast<size_t>(at - curve.recall.begin())];
  }
  return sum / 11;
}

}  // namespace

double box_iou(const std::array<double, 4>& a, const std::array<double, 4>& b, BoxEdges edges) {
  const double edge = edges == BoxEdges::inclusive ? 1 : 0;
  const auto area = [&](const std::array<double, 4>& box) {
    return (box[2] - box[0] + edge) * (box[3] - box[1] + edge);
  };
  const double width = std::min(a[2], b[2]) - std::max(a[0], b[0]) + edge,
               height = std::min(a[3], b[3]) - std::max(a[1], b[1]) + edge;
  if (width <= 0 || height <= 0) return 0;
  const double common = width * height, all = area(a) + area(b) - common;
  return all > 0 ? common / all : 0;
}

BoxPrecision box_average_precision(const std::vector<TrueBox>& truth, const std::vector<DetectedBox>& detections,
                                   int64_t classes, double iou, BoxEdges edges) {
  BoxPrecision result;
  for (int64_t label = 0; label < classes; ++label) {
    std::vector<const DetectedBox*> own;
    for (const DetectedBox& detection : detections)
      if (detection.label == label) own.push_back(&detection);
    const bool is_wanted = std::any_of(truth.begin(), truth.end(),
                                       [&](const TrueBox& box) { return box.label == label && !box.difficult; });
    const PrecisionCurve curve = curve_of_class(truth, std::move(own), label, iou, edges);
    result.area.push_back(is_wanted ? area_under(curve) : kUndefined);
    result.eleven_points.push_back(is_wanted ? mean_at_eleven_points(curve) : kUndefined);
  }
  return result;
}

}  // namespace millrace
