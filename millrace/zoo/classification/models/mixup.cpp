#include "millrace/zoo/classification/models/mixup.h"

#include <ATen/ops/lerp.h>

namespace millrace::classification {

Mixup::Mixup(Options options) : alpha_(*checked<Mixup>(std::move(options)).alpha) {}

PairMix::Mixed Mixup::mix(const at::Tensor& images, const at::Tensor& partner, Rng& rng) const {
  const double lam = rng.beta(alpha_, alpha_);
  return {images.lerp(images.index_select(0, partner), 1 - lam), lam};
}

MILLRACE_REGISTER(BatchAugment, Mixup);

}  // namespace millrace::classification
