#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/picture/rgb_image.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Writes the first `count` samples of a test with their predictions as text. The task view of the model gives the text
/// (TaskView::comparison); for classification:
///
///     sample  truth           prediction       score
///          0  Ankle boot      Ankle boot       0.998
///
/// If the batch has images, it also draws them in one picture: `samples.png` in the run folder.
///
/// Gives  the text as the hub's info `shown_samples`; a warning if the model has no view
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
