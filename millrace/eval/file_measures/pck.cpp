#include "millrace/base/text.h"
#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/keypoint_hits.h"

namespace millrace {
namespace {

/// The share of correct keypoints.
///
/// Reads   predictions, keypoints (rows, keypoints, 2); visible (rows, keypoints), above 0 for visible; normalize
///         (rows, 2): width and height that distances are divided by
/// Gives   for each threshold thr_0.05: per_keypoint (a list, undefined for one that is never visible),
///         mean_over_keypoints, over_all_visible
class PckOfFile final : public FileMeasure {
 public:
  struct Options {
    OneOrMany<double> thr = std::vector<double>{0.05, 0.1, 0.2};

    template <class Fields>
    static void describe(Fields& f) {
      f("thr", &Options::thr, "distances below it are hits, as a fraction of `normalize`").above(0);
    }
  };
  static std::string component_name() { return "pck"; }
  explicit PckOfFile(Options options) : options_(checked<PckOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const at::Tensor predictions = inputs.numbers("predictions", {"rows", "keypoints", "2"});
    const at::Tensor keypoints = inputs.numbers("keypoints", {"rows", "keypoints", "2"});
    const at::Tensor visible = inputs.numbers("visible", {"rows", "keypoints"});
    const at::Tensor normalize = inputs.numbers("normalize", {"rows", "2"});
    if (normalize.le(0).any().item<bool>()) throw inputs.refusal("normalize", "needs widths and heights above 0");
    const std::vector<double> thrs(options_.thr.begin(), options_.thr.end());
    const at::Tensor counts = keypoint_hits(predictions, keypoints, visible, normalize, thrs);
    State figures = State::dict();
    for (size_t i = 0; i < thrs.size(); ++i) {
      const KeypointHits shares = keypoint_shares(counts, static_cast<int64_t>(i));
      figures["thr_" + repr(thrs[i])] = figure_dict({{"per_keypoint", figure_list(shares.per_keypoint)},
                                                     {"mean_over_keypoints", figure(shares.mean_over_keypoints)},
                                                     {"over_all_visible", figure(shares.over_all_visible)}});
    }
    return figures;
  }

 private:
  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, PckOfFile, pck);

}  // namespace millrace
