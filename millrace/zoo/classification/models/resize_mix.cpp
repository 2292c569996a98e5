#include "millrace/zoo/classification/models/resize_mix.h"

#include <fmt/format.h>

namespace millrace::classification {

void ResizeMix::check(const Options& options, Complaints& complaints) {
  if (options.lam_min > options.lam_max)
    complaints.add("lam_min", fmt::format("ResizeMix.lam_min is {}, which is above lam_max, {}", options.lam_min,
                                          options.lam_max));
}

ResizeMix::ResizeMix(Options options) : options_(checked<ResizeMix>(std::move(options))) {}

PairMix::Mixed ResizeMix::mix(const at::Tensor& images, const at::Tensor& partner, Rng& rng) const {
  const double drawn_lam = rng.beta(*options_.patch.alpha, *options_.patch.alpha);
  const double lam = options_.lam_min + (options_.lam_max - options_.lam_min) * drawn_lam;
  const DrawnPatch drawn = draw_patch(options_.patch, lam, images.size(2), images.size(3), rng);
  return {with_resized(images, images.index_select(0, partner), drawn.patch, options_.interpolation), drawn.lam};
}

MILLRACE_REGISTER(BatchAugment, ResizeMix);

}  // namespace millrace::classification
