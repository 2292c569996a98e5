#pragma once

#include <array>
#include <optional>
#include <variant>

#include "millrace/data/transform.h"

namespace millrace::classification {

/// Changes brightness, contrast, saturation and hue of an image by random amounts, in a random order (Howard 2013,
/// arXiv 1312.5402).
///
///     ColorJitter({.brightness = 0.4, .contrast = 0.4, .saturation = 0.4}).apply(sample, rng);
///
/// Needs   img            (H, W, 3) uint8
/// Reads   channel_order  'bgr' or 'rgb', as who loads the image writes it; red, green, blue where nobody did
/// Draws   the order of the four, then a uniform number for each of the four that is in use
/// The arithmetic is Pillow's, to the bit (see photometric.h). mmpretrain takes every image for blue, green, red, those of
/// CIFAR as well.
class ColorJitter final : public Transform {
 public:
  using Amount = std::variant<double, std::array<double, 2>>;
  enum class Backend { pillow };
  struct Options {
    Amount brightness = 0.0;
    Amount contrast = 0.0;
    Amount saturation = 0.0;
    Amount hue = 0.0;
    Backend backend = Backend::pillow;

    template <class Fields>
    static void describe(Fields& f) {
      f("brightness", &Options::brightness, "factor between 1 - x and 1 + x, or between the two given").at_least(0);
      f("contrast", &Options::contrast, "the same").at_least(0);
      f("saturation", &Options::saturation, "the same").at_least(0);
      f("hue", &Options::hue, "turn of the hue between -x and x, or between the two given; 1 is a whole turn")
          .within(-0.5, 0.5);
      f("backend", &Options::backend, "whose arithmetic");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  ColorJitter() : ColorJitter(Options{}) {}
  explicit ColorJitter(const Options& options);
  void apply(Sample& sample, Rng& rng) const override;

 private:
  using Range = std::optional<std::array<double, 2>>;  // absent: not changed
  std::array<Range, 4> ranges_;                        // brightness, contrast, saturation, hue
};

}  // namespace millrace::classification
