#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/keypoint_similarity.h"

namespace millrace {
namespace {

/// The object keypoint similarity of COCO for the objects of one image and category, as pycocotools' computeOks.
///
/// Reads   ground_truth: objects with keypoints (x, y, visible for each), bbox (x, y, width, height), area;
///         detections: objects with keypoints and score. Both may have image_id and category_id, which must agree.
/// Gives   oks: a list for each detection, in descending order of score, a number for each true object; empty if there
///         is none of either
class OksOfFile final : public FileMeasure {
 public:
  struct Options {
    Required<std::vector<double>> sigmas;
    int64_t max_dets = 20;

    template <class Fields>
    static void describe(Fields& f) {
      f("sigmas", &Options::sigmas, "how exactly each keypoint can be placed, as in COCO; one for each")
          .above(0)
          .not_empty();
      f("max_dets", &Options::max_dets, "how many detections count, the best ones").at_least(1);
    }
  };
  static std::string component_name() { return "oks"; }
  explicit OksOfFile(Options options) : options_(checked<OksOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    std::vector<FileInputs> truth = inputs.objects("ground_truth"), detections = inputs.objects("detections");
    check_one_image(truth, detections);
    std::vector<std::pair<double, at::Tensor>> found;
    for (FileInputs& detection : detections) found.emplace_back(detection.number("score"), keypoints_of(detection));
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    if (static_cast<int64_t>(found.size()) > options_.max_dets) found.resize(static_cast<size_t>(options_.max_dets));
    std::vector<at::Tensor> points, wanted, boxes, areas;
    for (const auto& [score, keypoints] : found) points.push_back(keypoints);
    for (FileInputs& object : truth) {
      wanted.push_back(keypoints_of(object));
      boxes.push_back(object.numbers("bbox", {"4"}));
      areas.push_back(object.numbers("area", {}));
    }
    if (points.empty() || wanted.empty()) return figure_dict({{"oks", State::list()}});
    const at::Tensor similarity =
        keypoint_similarity(at::stack(points), {at::stack(wanted), at::stack(boxes), at::stack(areas)},
                            at::tensor(*options_.sigmas, at::kDouble));
    State::List rows;
    for (int64_t d = 0; d < similarity.size(0); ++d) {
      const at::Tensor row = similarity[d].contiguous();
      rows.push_back(figure_list({row.const_data_ptr<double>(), static_cast<size_t>(row.numel())}));
    }
    return figure_dict({{"oks", State::list(std::move(rows))}});
  }

 private:
  at::Tensor keypoints_of(FileInputs& object) const {
    const at::Tensor flat = object.numbers("keypoints", {"numbers"});
    const auto wanted = static_cast<int64_t>(options_.sigmas->size());
    if (flat.numel() != 3 * wanted)
      throw object.refusal("keypoints",
                           fmt::format("has {} numbers, {} sigmas need {}", flat.numel(), wanted, 3 * wanted));
    return flat.view({wanted, 3});
  }

  static void check_one_image(std::vector<FileInputs>& truth, std::vector<FileInputs>& detections) {
    for (const char* key : {"image_id", "category_id"}) {
      std::optional<std::string> first;
      for (std::vector<FileInputs>* objects : {&truth, &detections})
        for (FileInputs& object : *objects) {
          if (!object.has(key)) continue;
          const std::string own = object.name(key);
          if (first && own != *first)
            throw object.refusal(key, fmt::format("is {}, that before it {}: oks compares the objects of one image and "
                                                  "category",
                                                  own, *first));
          first = own;
        }
    }
  }

  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, OksOfFile, oks);

}  // namespace millrace
