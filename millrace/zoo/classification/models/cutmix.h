#pragma once

#include "millrace/zoo/classification/models/patch_draw.h"

namespace millrace::classification {

/// CutMix (Yun et al. 2019, arXiv 1905.04899): a patch of each image is that of another one of its batch.
///
///     size of the patch = sqrt(1 - lam) (H, W), cut off at the edges,   lam ~ Beta(alpha, alpha), one for the batch
///     lam of the labels = 1 - area of the patch / (H W)                 with correct_lam
///
/// Labels and shapes: see PairMix.
class CutMix final : public PairMix {
 public:
  struct Options {
    PatchOptions patch;

    template <class Fields>
    static void describe(Fields& f) {
      f.flatten(&Options::patch);
    }
  };
  explicit CutMix(Options options);

 private:
  Mixed mix(const at::Tensor& images, const at::Tensor& partner, Rng& rng) const override;
  Options options_;
};

}  // namespace millrace::classification
