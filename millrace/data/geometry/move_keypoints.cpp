#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/data/geometry/mover.h"
#include "millrace/data/image_keys.h"

namespace millrace {

namespace {

void check_keypoints(const State& value) {
  const at::Tensor& points = value.tensor();
  const bool fits = points.is_cpu() && points.dim() == 3 && (points.size(2) == 2 || points.size(2) == 3) &&
                    (points.scalar_type() == at::kFloat || points.scalar_type() == at::kDouble);
  if (!fits)
    throw Error(fmt::format("keypoints are (N, K, 3) or (N, K, 2) of float32 or float64 on the CPU, not ({}) of {}",
                            fmt::join(points.sizes(), ", "), c10::toString(points.scalar_type())));
}

bool is_within(double x, double y, const ImageSize& size) {
  return x >= 0 && y >= 0 && x < static_cast<double>(size.width) && y < static_cast<double>(size.height);
}

class KeypointMover final : public Mover {
 public:
  bool has_pixels(const State&) const override { return false; }

  void follow(State& value, Sample& sample, const MoveStep& step) const override {
    check_keypoints(value);
    const at::Tensor points = value.tensor().clone(at::MemoryFormat::Contiguous);
    std::vector<int64_t> hidden;  // places of N · K
    if (points.scalar_type() == at::kFloat) follow_all(points.mutable_data_ptr<float>(), points, step, hidden);
    else follow_all(points.mutable_data_ptr<double>(), points, step, hidden);
    value = points;
    if (points.size(2) == 2 && !hidden.empty()) hide_beside(sample, points, hidden);
  }

  bool find_inside(const State& value, const ImageSize& size, std::span<char> inside) const override {
    check_keypoints(value);
    if (value.tensor().size(2) == 2) return false;  // those beyond the image were moved onto its border
    const at::Tensor points = value.tensor().to(at::kDouble).contiguous();
    const double* point = points.const_data_ptr<double>();
    for (int64_t i = 0; i < points.size(0); ++i) {
      inside[static_cast<size_t>(i)] = 0;
      for (int64_t k = 0; k < points.size(1); ++k, point += points.size(2))
        if (is_within(point[0], point[1], size) && point[2] > 0) inside[static_cast<size_t>(i)] = 1;
    }
    return true;
  }

 private:
  template <class T>
  static void follow_all(T* point, const at::Tensor& points, const MoveStep& step, std::vector<int64_t>& hidden) {
    const int64_t columns = points.size(2);
    const auto width = static_cast<double>(step.size.width), height = static_cast<double>(step.size.height);
    for (int64_t i = 0; i < points.size(0) * points.size(1); ++i, point += columns) {
      Point moved = step.points({static_cast<double>(point[0]), static_cast<double>(point[1])});
      if (step.move.border.hide_points && !is_within(moved.x, moved.y, step.size)) {
        hidden.push_back(i);
        if (columns == 3) point[2] = 0;
      }
      if (step.move.border.clip_points) moved = {std::clamp(moved.x, 0.0, width), std::clamp(moved.y, 0.0, height)};
      point[0] = static_cast<T>(moved.x);
      point[1] = static_cast<T>(moved.y);
    }
  }

  static void hide_beside(Sample& sample, const at::Tensor& points, const std::vector<int64_t>& hidden) {
    for (Sample::Field& field : sample.fields()) {
      if (field.key != keys::gt_keypoints_visible) continue;
      const at::Tensor visible = field.value.tensor().clone(at::MemoryFormat::Contiguous);
      if (visible.numel() != points.size(0) * points.size(1))
        throw Error(fmt::format("'{}' has {} elements for {} keypoints", field.key.name(), visible.numel(),
                                points.size(0) * points.size(1)));
      const at::Tensor flat = visible.view({-1});
      for (const int64_t place : hidden) flat.select(0, place).zero_();
      field.value = visible;
    }
  }
};

}  // namespace

const Mover& movers::keypoints() {
  static const KeypointMover mover;
  return mover;
}

}  // namespace millrace
