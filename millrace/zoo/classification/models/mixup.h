#pragma once

#include "millrace/zoo/classification/models/pair_mix.h"

namespace millrace::classification {

/// Mixup (Zhang et al. 2017, arXiv 1710.09412): each image is mixed with another one of its batch, pixel by pixel.
///
///     x' = lam x + (1 - lam) x[partner],   lam ~ Beta(alpha, alpha), one for the batch
///
/// Labels and shapes: see PairMix.
class Mixup final : public PairMix {
 public:
  struct Options {
    Required<double> alpha;

    template <class Fields>
    static void describe(Fields& f) {
      f("alpha", &Options::alpha, "of Beta(alpha, alpha): the larger, the more evenly images are mixed").above(0);
    }
  };
  explicit Mixup(Options options);

 private:
  Mixed mix(const at::Tensor& images, const at::Tensor& partner, Rng& rng) const override;
  double alpha_;
};

}  // namespace millrace::classification
