#pragma once

#include "millrace/zoo/classification/models/patch_draw.h"

namespace millrace::classification {

/// ResizeMix (Qin et al. 2020, arXiv 2012.11101): another image of the batch, resized to a patch, is pasted into each.
///
///     lam = lam_min + (lam_max - lam_min) Beta(alpha, alpha);   the patch and the labels are those of CutMix
///
/// Labels and shapes: see PairMix.
class ResizeMix final : public PairMix {
 public:
  struct Options {
    PatchOptions patch;
    double lam_min = 0.1;
    double lam_max = 0.8;
    Interpolation interpolation = Interpolation::bilinear;

    template <class Fields>
    static void describe(Fields& f) {
      f.flatten(&Options::patch);
      f("lam_min", &Options::lam_min, "the smallest lam").within(0, 1);
      f("lam_max", &Options::lam_max, "the largest lam").within(0, 1);
      f("interpolation", &Options::interpolation, "how the other image is resized");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit ResizeMix(Options options);

 private:
  Mixed mix(const at::Tensor& images, const at::Tensor& partner, Rng& rng) const override;
  Options options_;
};

}  // namespace millrace::classification
