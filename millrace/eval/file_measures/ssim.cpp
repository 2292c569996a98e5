#include "millrace/eval/measures/ssim.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/file_measures/image_pair.h"
#include "millrace/eval/measures/defined.h"

namespace millrace {
namespace {

/// The structural similarity of two images, as scikit-image's structural_similarity.
///
/// Reads   a, b: images of one size
/// Gives   gaussian_11_sigma_1_5_per_channel and its mean gaussian_11_sigma_1_5: under a Gaussian window of 11 pixels;
///         uniform_7_sample_covariance: under a uniform window of 7 pixels, with variances divided by n - 1
class SsimOfFile final : public FileMeasure {
 public:
  struct Options {
    ImageLayout layout = ImageLayout::HWC;
    double data_range = 255;
    double k1 = 0.01, k2 = 0.03;

    template <class Fields>
    static void describe(Fields& f) {
      f("layout", &Options::layout, "axes of the images: height, width, channels");
      f("data_range", &Options::data_range, "distance of the largest from the smallest possible value").above(0);
      f("K1", &Options::k1, "K1 of the paper").at_least(0);
      f("K2", &Options::k2, "K2 of the paper").at_least(0);
    }
  };
  static std::string component_name() { return "ssim"; }
  explicit SsimOfFile(Options options) : options_(checked<SsimOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const ImagePair images = image_pair(inputs, options_.layout);
    const SsimOptions gaussian{.data_range = options_.data_range, .k1 = options_.k1, .k2 = options_.k2};
    if (std::min(images.a.size(1), images.a.size(2)) < gaussian.window)
      throw inputs.refusal("a", fmt::format("has {0} x {1} pixels, the window has {2} x {2}", images.a.size(1),
                                            images.a.size(2), gaussian.window));
    SsimOptions uniform = gaussian;
    uniform.window = 7, uniform.sigma = 0, uniform.sample_covariance = true;
    const std::vector<double> channels = ssim(images.a, images.b, gaussian);
    return figure_dict({{"gaussian_11_sigma_1_5_per_channel", figure_list(channels)},
                        {"gaussian_11_sigma_1_5", figure(mean_of_defined(channels))},
                        {"uniform_7_sample_covariance", figure(mean_of_defined(ssim(images.a, images.b, uniform)))}});
  }

 private:
  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, SsimOfFile, ssim);

}  // namespace millrace
