#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/error.h"
#include "millrace/data/geometry/mover.h"
#include "millrace/structures/polygons.h"
#include "millrace/structures/rle.h"

namespace millrace {

namespace {

/// Bitmaps are a tensor; of a list the first mask says what all are.
enum class MaskKind { bitmaps, polygons, run_lengths };
MaskKind kind_of(const State& masks) {
  if (masks.is_tensor()) return MaskKind::bitmaps;
  if (!masks.is_sequence())
    throw Error("masks are a tensor (N, H, W) or a list of polygons or run lengths, not " + masks.kind_name());
  return !masks.items().empty() && masks.items()[0].is_dict() ? MaskKind::run_lengths : MaskKind::polygons;
}

class MaskMover final : public Mover {
 public:
  bool has_pixels(const State& value) const override { return kind_of(value) != MaskKind::polygons; }

  void follow(State& value, Sample&, const MoveStep& step) const override {
    const auto width = static_cast<double>(step.size.width), height = static_cast<double>(step.size.height);
    State moved = State::list();
    for (const State& item : value.items()) {
      PolygonMask mask = PolygonMask::from(item);
      for (Polygon& polygon : mask.polygons())
        for (Point& point : polygon) point = step.points(point);
      moved.push_back((step.move.border.clip_boxes ? mask.clipped(width, height) : mask).to_state());
    }
    value = std::move(moved);
  }

  State sampled(const State& value, const PixelPath& path) const override {
    if (kind_of(value) == MaskKind::bitmaps) return path.bitmaps(value.tensor());
    State moved = State::list();
    for (const State& item : value.items())
      moved.push_back(Rle::encode(path.bitmaps(Rle::from(item).decode().unsqueeze(0)).select(0, 0)).to_state());
    return moved;
  }

  bool find_inside(const State& value, const ImageSize& size, std::span<char> inside) const override {
    const MaskKind kind = kind_of(value);
    for (size_t i = 0; i < inside.size(); ++i) {
      const auto place = static_cast<int64_t>(i);
      if (kind == MaskKind::bitmaps) inside[i] = value.tensor().select(0, place).any().item<bool>();
      else if (kind == MaskKind::run_lengths) inside[i] = Rle::from(value.items()[i]).area() > 0;
      else
        inside[i] = PolygonMask::from(value.items()[i])
                        .clipped(static_cast<double>(size.width), static_cast<double>(size.height))
                        .area() > 0;
    }
    return true;
  }
};

}  // namespace

const Mover& movers::masks() {
  static const MaskMover mover;
  return mover;
}

}  // namespace millrace
