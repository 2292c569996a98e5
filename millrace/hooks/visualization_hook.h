#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "millrace/runner/hook.h"

namespace millrace {

class Batch;
class RgbImage;

/// Draws every `interval`-th sample of a validation or test with ground truth and prediction, for all backends of the
/// Visualizer. The task view of the model draws (TaskView::draw); without one only the images are shown.
///
///     default_hooks = dict(visualization=dict(type='VisualizationHook', enable=True, interval=500))
///
/// Needs  img (N, C, H, W) or N of (C, H, W), of one or three channels, in the values of a picture: samples without one
///        are left out
/// Gives  the image "<file name or number>" at the step of the finished epochs (iterations, where the loop counts
///        those), 0 in a test
class VisualizationHook final : public Hook {
 public:
  struct Options {
    bool enable = false;
    int64_t interval = 5000;
    bool show = false;
    std::optional<std::string> out_dir{};
    bool draw_gt = true;
    bool draw_pred = true;
    bool draw_score = true;
    std::optional<int64_t> resize{};
    std::optional<double> rescale_factor{};

    template <class Fields>
    static void describe(Fields& f) {
      f("enable", &Options::enable, "draw pictures");
      f("interval", &Options::interval, "draw one of so many samples").at_least(1);
      f("show", &Options::show, "show each picture in a window").ignored();
      f("out_dir", &Options::out_dir, "folder of the pictures; None: they go to the visualizer's backends");
      f("draw_gt", &Options::draw_gt, "draw the ground truth");
      f("draw_pred", &Options::draw_pred, "draw the prediction");
      f("draw_score", &Options::draw_score, "draw the score");
      f("resize", &Options::resize, "approximate pixels of the shorter edge; None: at least 224 for the longer one")
          .within(1, 10000);
      f("rescale_factor", &Options::rescale_factor, "factor of the image's size, instead of resize")
          .above(0)
          .at_most(100);
      f.ignore("text_cfg", "captions have one font");
    }
  };
  VisualizationHook() : VisualizationHook(Options{}) {}
  explicit VisualizationHook(Options options);

  void before_val(RunPoint&) override { seen_ = 0; }
  void before_test(RunPoint&) override { seen_ = 0; }
  void after_val_iter(EvalIter& point) override;
  void after_test_iter(EvalIter& point) override;

 private:
  void draw(EvalIter& point, Mode mode, int64_t step);
  int64_t longer_edge(const RgbImage& picture) const;
  Options options_;
  int64_t seen_ = 0;  // samples of this pass
};

}  // namespace millrace
