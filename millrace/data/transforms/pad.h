#pragma once

#include <array>
#include <optional>
#include <variant>

#include "millrace/data/geometry/geometric_transform.h"

namespace millrace {

/// Makes an image larger at its right and lower edge, to a size, to a multiple, or to a square.
///
///     Pad({.size_divisor = 32}).apply(sample, rng);
///
/// Needs   img         (H, W) or (H, W, C), any dtype
/// Moves   gt_seg_map  padded alike, with its own value; other maps and masks with 0; coordinates stay as they are
/// Writes  img_shape (h, w), pad_shape (h, w, c), pad_fixed_size, pad_size_divisor An edge that is already longer is
/// not changed.
class Pad final : public GeometricTransform {
 public:
  struct Values {
    OneOrMany<double> img = 0.0;
    double seg = 255;

    ImageMove::Fill fill() const;
    static Values of(const std::variant<double, Values>& given);
    template <class Fields>
    static void describe(Fields& f) {
      f("img", &Values::img, "for the image; one number, or one per channel");
      f("seg", &Values::seg, "for the segmentation map");
    }
  };
  struct Options {
    std::optional<std::array<int64_t, 2>> size;
    std::optional<int64_t> size_divisor;
    bool pad_to_square = false;
    std::variant<double, Values> pad_val = Values{};
    PaddingMode padding_mode = PaddingMode::constant;

    template <class Fields>
    static void describe(Fields& f) {
      f("size", &Options::size, "(width, height) to reach").at_least(1);
      f("size_divisor", &Options::size_divisor, "width and height become multiples of this").at_least(1);
      f("pad_to_square", &Options::pad_to_square, "width and height become the longer of the two");
      f("pad_val", &Options::pad_val, "what to fill in: a number for the image, or dict(img=…, seg=…)");
      f("padding_mode", &Options::padding_mode, "how to continue the image beyond its edge");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit Pad(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;

 private:
  Options options_;
  Values values_;
};

}  // namespace millrace
