#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/picture/rgb_image.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Puts the first `count` samples of a test and what the network predicts of them into words, for a person to look at.
/// The task view of the model has the words (TaskView::comparison); those of classification:
///
///     sample  truth           prediction       score
///          0  Ankle boot      Ankle boot       0.998
///
/// and, where the batch has images, into one picture: `samples.png` in the run folder.
///
/// Gives  the text as the hub's info `shown_samples`; a warning where the model has no view
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
