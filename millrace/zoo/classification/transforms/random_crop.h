#pragma once

#include <array>
#include <optional>
#include <variant>

#include "millrace/data/geometry/geometric_transform.h"

namespace millrace::classification {

/// Cuts a window of the given size out of the image, anywhere, after padding it.
///
///     RandomCrop({.crop_size = 32, .padding = 4}).apply(sample, rng);
///
/// Needs   img        (H, W) or (H, W, C), any dtype
/// Moves   all annotations; boxes and polygons end at the border, keypoints beyond it get the visibility 0, instances of
///         which nothing is left are dropped; segmentation maps are padded with 255, other maps and masks with 0
/// Writes  img_shape  (h, w)
/// Draws   two uniform integers, top and left; none for an axis without a choice An image that is smaller than the
/// window is not cut along that axis. Padding and cutting are one copy.
class RandomCrop final : public GeometricTransform {
 public:
  struct Options {
    Required<std::variant<int64_t, std::array<int64_t, 2>>> crop_size;
    std::optional<std::variant<int64_t, std::array<int64_t, 2>, std::array<int64_t, 4>>> padding;
    bool pad_if_needed = false;
    OneOrMany<double> pad_val = 0.0;
    PaddingMode padding_mode = PaddingMode::constant;

    template <class Fields>
    static void describe(Fields& f) {
      f("crop_size", &Options::crop_size, "(height, width) of the window, or both in one").at_least(1);
      f("padding", &Options::padding,
        "pixels to add first: everywhere, (left and right, top and bottom) or (left, top, right, bottom)")
          .at_least(0);
      f("pad_if_needed", &Options::pad_if_needed, "enlarge a smaller image on both sides to the size of the window");
      f("pad_val", &Options::pad_val, "what to fill in; one number, or one per channel").not_empty();
      f("padding_mode", &Options::padding_mode, "how to continue the image beyond its edge");
    }
  };
  explicit RandomCrop(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;

 private:
  AxisMap window(int64_t size, int64_t crop, int64_t before, int64_t after, Rng& rng) const;

  Options options_;
  std::array<int64_t, 2> crop_;                    // height, width
  std::array<int64_t, 4> padding_ = {0, 0, 0, 0};  // left, top, right, bottom
};

}  // namespace millrace::classification
