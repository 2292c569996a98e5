#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "millrace/runner/hook.h"

namespace millrace {

class Batch;
class RgbImage;

/// Pictures of validated and tested samples with truth and prediction, every `interval`-th of a pass, for all backends of
/// the Visualizer. The task view of the model draws them (TaskView::draw); without one they are the images alone.
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
      f("enable", &Options::enable, "draw");
      f("interval", &Options::interval, "samples from one that is drawn to the next").at_least(1);
      f("show", &Options::show, "show each picture in a window").ignored();
      f("out_dir", &Options::out_dir, "folder of the pictures; None: they go to the visualizer's backends");
      f("draw_gt", &Options::draw_gt, "with the truth");
      f("draw_pred", &Options::draw_pred, "with what the network predicts");
      f("draw_score", &Options::draw_score, "with how sure it is");
      f("resize", &Options::resize, "about how many pixels the shorter edge has; None: the longer one at least 224")
          .within(1, 10000);
      f("rescale_factor", &Options::rescale_factor, "times the size of the image, in place of resize")
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
