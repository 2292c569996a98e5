#pragma once

#include "millrace/data/dataset.h"

namespace millrace::spots {

/// Images of discs and squares on a dark ground, made when they are asked for.
///
/// Gives  img               (side, side, 3) uint8
///        gt_bboxes         (n, 4) float32, xyxy in pixels, n from 1 to `most`
///        gt_bboxes_labels  (n) int64: 0 a disc, 1 a square
///        gt_masks          (n, side, side) uint8
class SpotDataset final : public Dataset {
 public:
  struct Options {
    int64_t images = 64;
    int64_t first = 0;
    int64_t side = 64;
    int64_t most = 3;
    DatasetOptions common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("images", &Options::images, "number of images").at_least(1);
      f("first", &Options::first, "number of the first one: other numbers are other images").at_least(0);
      f("side", &Options::side, "height and width in pixels").at_least(32);
      f("most", &Options::most, "spots of an image, at most").within(1, 8);
      f.flatten(&Options::common);
    }
  };
  explicit SpotDataset(Options options);
  int64_t size() const override { return options_.images; }
  Sample get(int64_t index) const override;

 private:
  Options options_;
};

}  // namespace millrace::spots
