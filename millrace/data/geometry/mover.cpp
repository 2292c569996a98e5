#include "millrace/data/geometry/mover.h"

#include "millrace/base/error.h"

namespace millrace {

void Mover::follow(State&, Sample&, const MoveStep&) const { MILLRACE_ASSERT(false, "pixels follow no single move"); }

State Mover::sampled(const State&, const PixelPath&) const {
  MILLRACE_ASSERT(false, "coordinates have no pixels");
  return {};
}

bool Mover::find_inside(const State&, const ImageSize&, std::span<char>) const { return false; }

namespace {

using SampleMap = at::Tensor (PixelPath::*)(const at::Tensor&) const;

class MapMover final : public Mover {
 public:
  explicit MapMover(SampleMap sample) : sample_(sample) {}
  bool has_pixels(const State&) const override { return true; }
  State sampled(const State& value, const PixelPath& path) const override { return (path.*sample_)(value.tensor()); }

 private:
  SampleMap sample_;
};

}  // namespace

namespace movers {

const Mover& segmentation() {
  static const MapMover mover(&PixelPath::segmentation);
  return mover;
}
const Mover& map() {
  static const MapMover mover(&PixelPath::map);
  return mover;
}
const Mover& flow() {
  static const MapMover mover(&PixelPath::flow);
  return mover;
}

}  // namespace movers

}  // namespace millrace
