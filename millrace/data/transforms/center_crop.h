#pragma once

#include <array>
#include <string>
#include <variant>

#include "millrace/data/transforms/pad.h"

namespace millrace {

/// Cuts out the centre of an image, or the whole of a smaller one.
///
///     CenterCrop({.crop_size = 224}).apply(sample, rng);
///
/// Needs   img  (H, W) or (H, W, C), any dtype; it becomes a view, no copy
/// Moves   all annotations; no instance is dropped; keypoints that lie outside get the visibility 0
/// Writes  img_shape, pad_shape  (h, w)
class CenterCrop final : public GeometricTransform {
 public:
  /// The options of Pad without a size.
  struct Padding {
    std::string type = "Pad";
    std::variant<double, Pad::Values> pad_val = Pad::Values{};
    PaddingMode padding_mode = PaddingMode::constant;

    template <class Fields>
    static void describe(Fields& f) {
      f("type", &Padding::type, "Pad");
      f("pad_val", &Padding::pad_val, "what to fill in: a number for the image, or dict(img=…, seg=…)");
      f("padding_mode", &Padding::padding_mode, "how to continue the image beyond its edge");
    }
  };
  struct Options {
    Required<std::variant<int64_t, std::array<int64_t, 2>>> crop_size;
    bool auto_pad = false;
    Padding pad_cfg{};
    bool clip_object_border = true;

    template <class Fields>
    static void describe(Fields& f) {
      f("crop_size", &Options::crop_size, "(width, height), or both in one").at_least(1);
      f("auto_pad", &Options::auto_pad, "first enlarge a smaller image at its right and lower edge");
      f("pad_cfg", &Options::pad_cfg, "how auto_pad fills");
      f("clip_object_border", &Options::clip_object_border, "keep boxes within the image");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit CenterCrop(Options options);
  ImageMove plan(const Sample& sample, Rng& rng) const override;

 private:
  Options options_;
  std::array<int64_t, 2> crop_;  // width, height
};

}  // namespace millrace
