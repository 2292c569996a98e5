#pragma once

#include <utility>

#include "millrace/data/transform.h"

namespace millrace {

/// What a transform makes of a sample; the ordinal picks its random numbers.
inline Sample applied(const Transform& transform, Sample sample, uint64_t ordinal = 0) {
  Rng rng(0, Mode::train, ordinal);
  transform.apply(sample, rng);
  return sample;
}

inline Sample with_image(at::Tensor image) {
  Sample sample;
  sample.set(keys::img, std::move(image));
  return sample;
}

}  // namespace millrace
