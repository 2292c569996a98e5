#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/picture/rgb_image.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Puts the first `count` samples of a test and what the network said of them into words, for a person to look at:
///
///     sample      truth         prediction    score
///          0      Ankle boot    Ankle boot    0.998
///
/// and, where the batch has images, into one picture: `samples.png` in the run folder.
///
/// Needs  gt_label, pred_label and pred_score in the batch; class names come from the dataset. The text is the hub's
///        info `shown_samples`, the path of the picture `shown_samples_file`.
class ShowSamplesHook final : public Hook {
 public:
  struct Options {
    int64_t count = 10;
    template <class Fields>
    static void describe(Fields& f) {
      f("count", &Options::count, "samples to show").at_least(0);
    }
  };
  ShowSamplesHook() : ShowSamplesHook(Options{}) {}
  explicit ShowSamplesHook(Options options);
  void before_test(RunPoint& point) override;
  void after_test_iter(EvalIter& point) override;
  void after_test_epoch(EvalEnd& point) override;

 private:
  Options options_;
  int64_t shown_ = 0;
  std::string text_;
  std::vector<RgbImage> pictures_;
};

}  // namespace millrace
