#pragma once

#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"

namespace millrace::spots {

/// Finds spots on a grid of cells of 8 pixels: each cell tells whether the middle of a spot lies in it, where its edges
/// are, and of which class it is.
///
/// Reads   img (N, 3, H, W); gt_instances: bboxes, labels
/// Writes  pred_instances: bboxes (n, 4), scores (n), labels (n), the best first
class SpotNet final : public BaseModel {
 public:
  struct Options {
    int64_t width = 16;
    double threshold = 0.5;

    template <class Fields>
    static void describe(Fields& f) {
      f("width", &Options::width, "channels of the first layer").at_least(4);
      f("threshold", &Options::threshold, "what scores less is no spot").within(0, 1);
    }
  };
  explicit SpotNet(Options options);
  LossMap loss(Batch& batch) override;
  void predict(Batch& batch) override;
  /// (N, 3, H, W) to (N, 7, H/8, W/8): a spot or none, left, top, right, bottom, two classes.
  at::Tensor forward(at::Tensor images) override;
  Component<TaskView> task_view() const override;

 private:
  Options options_;
  nn::Sequential body_ = nullptr;
  nn::Conv2d head_ = nullptr;
};

}  // namespace millrace::spots
