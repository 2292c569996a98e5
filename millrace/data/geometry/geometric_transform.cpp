#include "millrace/data/geometry/geometric_transform.h"

#include "millrace/data/geometry/sample_mover.h"

namespace millrace {

void GeometricTransform::apply(Sample& sample, Rng& rng) const {
  SampleMover mover(sample);
  mover.add(plan(sample, rng));
  mover.finish();
}

}  // namespace millrace
