#include <fmt/format.h>

#include <map>

#include "millrace/base/text.h"
#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/box_average_precision.h"
#include "millrace/eval/measures/defined.h"

namespace millrace {
namespace {

/// Average precision of boxes by the rules of PASCAL VOC.
///
/// Reads   ground_truth: objects with image, label, bbox (x1, y1, x2, y2) and perhaps difficult; detections: objects
///         with image, label, bbox and score
/// Gives   for each threshold and kind of edges, iou_0.5_continuous and iou_0.5_inclusive (widths and heights are 1
///         larger): area and 11points, each with per_class (undefined for a class without true boxes) and their mean mAP
class VocMapOfFile final : public FileMeasure {
 public:
  struct Options {
    Required<int64_t> num_classes;
    OneOrMany<double> iou_thr = std::vector<double>{0.5, 0.7};

    template <class Fields>
    static void describe(Fields& f) {
      f("num_classes", &Options::num_classes, "number of classes").at_least(1);
      f("iou_thr", &Options::iou_thr, "smallest overlap of a right detection").above(0).at_most(1);
    }
  };
  static std::string component_name() { return "voc_map"; }
  explicit VocMapOfFile(Options options) : options_(checked<VocMapOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    std::map<std::string, int64_t> images;
    std::vector<TrueBox> truth;
    std::vector<DetectedBox> detections;
    for (FileInputs& object : inputs.objects("ground_truth"))
      truth.push_back({image_of(object, images), label_of(object), box_of(object),
                       object.has("difficult") && object.integer("difficult") != 0});
    for (FileInputs& object : inputs.objects("detections"))
      detections.push_back({image_of(object, images), label_of(object), box_of(object), object.number("score")});
    State figures = State::dict();
    for (const BoxEdges edges : {BoxEdges::continuous, BoxEdges::inclusive})
      for (const double iou : options_.iou_thr) {
        const BoxPrecision found = box_average_precision(truth, detections, *options_.num_classes, iou, edges);
        const auto one = [](const std::vector<double>& classes) {
          return figure_dict({{"per_class", figure_list(classes)}, {"mAP", figure(mean_of_defined(classes))}});
        };
        figures[fmt::format("iou_{}_{}", repr(iou), edges == BoxEdges::continuous ? "continuous" : "inclusive")] =
            figure_dict({{"area", one(found.area)}, {"11points", one(found.eleven_points)}});
      }
    return figures;
  }

 private:
  static int64_t image_of(FileInputs& object, std::map<std::string, int64_t>& images) {
    return images.try_emplace(object.name("image"), static_cast<int64_t>(images.size())).first->second;
  }
  int64_t label_of(FileInputs& object) const {
    return object.labels("label", {}, *options_.num_classes).item<int64_t>();
  }
  static std::array<double, 4> box_of(FileInputs& object) {
    const at::Tensor corners = object.numbers("bbox", {"4"});
    const double* const corner = corners.const_data_ptr<double>();
    return {corner[0], corner[1], corner[2], corner[3]};
  }

  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, VocMapOfFile, voc_map);

}  // namespace millrace
