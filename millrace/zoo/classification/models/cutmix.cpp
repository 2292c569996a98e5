#include "millrace/zoo/classification/models/cutmix.h"

namespace millrace::classification {

CutMix::CutMix(Options options) : options_(checked<CutMix>(std::move(options))) {}

PairMix::Mixed CutMix::mix(const at::Tensor& images, const at::Tensor& partner, Rng& rng) const {
  const double lam = rng.beta(*options_.patch.alpha, *options_.patch.alpha);
  const DrawnPatch drawn = draw_patch(options_.patch, lam, images.size(2), images.size(3), rng);
  return {with_patch_of(images, images.index_select(0, partner), drawn.patch), drawn.lam};
}

MILLRACE_REGISTER(BatchAugment, CutMix);

}  // namespace millrace::classification
