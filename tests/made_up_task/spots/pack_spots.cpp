#include "tests/made_up_task/spots/pack_spots.h"

#include <array>

#include "millrace/data/geometry/annotations.h"
#include "millrace/data/image_keys.h"
#include "tests/made_up_task/spots/spot_keys.h"

namespace millrace::spots {

void PackSpots::apply(Sample& sample, Rng&) const {
  static const std::array kKept{keys::img,           keys::img_path,        keys::img_shape,
                                keys::channel_order, kTruth.child(kBboxes), kTruth.child(kLabels),
                                kTruth.child(kMasks)};
  const at::Tensor image = sample.tensor(keys::img).permute({2, 0, 1}).contiguous();
  sample.set(keys::img, image);
  pack_annotations(sample);
  sample.keep_only(kKept);
}

MILLRACE_REGISTER(Transform, PackSpots);

}  // namespace millrace::spots
