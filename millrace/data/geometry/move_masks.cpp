#include "millrace/base/error.h"
#include "millrace/data/geometry/mover.h"
#include "millrace/structures/masks.h"

namespace millrace {

namespace {

class MaskMover final : public Mover {
 public:
  bool has_pixels(const State& value) const override { return form_of_masks(value) != MaskForm::polygons; }

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
    if (form_of_masks(value) == MaskForm::bitmaps) return path.bitmaps(value.tensor());
    State moved = State::list();
    for (const State& item : value.items())
      moved.push_back(Rle::encode(path.bitmaps(Rle::from(item).decode().unsqueeze(0)).select(0, 0)).to_state());
    return moved;
  }

  bool find_inside(const State& value, const ImageSize& size, std::span<char> inside) const override {
    const bool are_polygons = form_of_masks(value) == MaskForm::polygons;
    const at::Tensor areas = are_polygons ? at::Tensor() : mask_areas(value);
    for (size_t i = 0; i < inside.size(); ++i)
      inside[i] = are_polygons ? PolygonMask::from(value.items()[i])
                                         .clipped(static_cast<double>(size.width), static_cast<double>(size.height))
                                         .area() > 0
                               : areas.const_data_ptr<double>()[i] > 0;
    return true;
  }
};

}  // namespace

const Mover& movers::masks() {
  static const MaskMover mover;
  return mover;
}

}  // namespace millrace
