#include "millrace/eval/measures/psnr.h"

#include <ATen/TensorOperators.h>

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/file_measures/image_pair.h"
#include "millrace/eval/measures/defined.h"

namespace millrace {
namespace {

/// The peak signal-to-noise ratio of two images in dB, as scikit-image's peak_signal_noise_ratio.
///
/// Reads   a, b: images of one size
/// Gives   psnr; psnr_0_1: of the images divided by data_range; psnr_gray_of_channel_0: of their first channels
class PsnrOfFile final : public FileMeasure {
 public:
  struct Options {
    ImageLayout layout = ImageLayout::HWC;
    double data_range = 255;

    template <class Fields>
    static void describe(Fields& f) {
      f("layout", &Options::layout, "axes of the images: height, width, channels");
      f("data_range", &Options::data_range, "distance of the largest from the smallest possible value").above(0);
    }
  };
  static std::string component_name() { return "psnr"; }
  explicit PsnrOfFile(Options options) : options_(checked<PsnrOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const ImagePair images = image_pair(inputs, options_.layout);
    const double range = options_.data_range;
    const double gray = images.a.size(0) == 0 ? kUndefined : psnr(images.a.select(0, 0), images.b.select(0, 0), range);
    return figure_dict({{"psnr", figure(psnr(images.a, images.b, range))},
                        {"psnr_0_1", figure(psnr(images.a / range, images.b / range, 1))},
                        {"psnr_gray_of_channel_0", figure(gray)}});
  }

 private:
  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, PsnrOfFile, psnr);

}  // namespace millrace
