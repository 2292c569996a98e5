#include <array>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/structures/polygons.h"

namespace millrace {

namespace {

/// Walks along the edges of set pixels, which are on the right: clockwise around what is set, the other way round in a
/// hole.
class OutlineWalker {
 public:
  explicit OutlineWalker(const at::Tensor& bitmap)
      : pixels_(static_cast<const uint8_t*>(bitmap.const_data_ptr())),
        height_(bitmap.size(0)),
        width_(bitmap.size(1)),
        seen_(static_cast<size_t>(height_ * width_)) {}

  std::vector<Polygon> outlines() {
    std::vector<Polygon> found;
    for (int64_t y = 0; y < height_; ++y)
      for (int64_t x = 0; x < width_; ++x) {
        if (!is_set(x, y) || is_set(x, y - 1) || seen_[place(x, y)]) continue;
        bool is_hole = false;
        Polygon outline = walk(x, y, is_hole);
        if (!is_hole) found.push_back(std::move(outline));
      }
    return found;
  }

 private:
  enum Direction { right, down, left, up };

  bool is_set(int64_t x, int64_t y) const {
    return x >= 0 && y >= 0 && x < width_ && y < height_ && pixels_[y * width_ + x] != 0;
  }
  size_t place(int64_t x, int64_t y) const { return static_cast<size_t>(y * width_ + x); }

  /// From the upper left corner of a pixel along its upper edge, until it is back.
  Polygon walk(int64_t x, int64_t y, bool& is_hole) {
    // Of each direction: its step, and the pixels ahead, to its right and to its left, from the corner.
    static constexpr std::array<std::array<int64_t, 6>, 4> kSteps = {
        {{1, 0, 0, 0, 0, -1}, {0, 1, -1, 0, 0, 0}, {-1, 0, -1, -1, -1, 0}, {0, -1, 0, -1, -1, -1}}};
    Polygon outline;
    const int64_t start_x = x, start_y = y;
    Direction direction = right;
    int64_t twice_area = 0;
    do {
      if (direction == right) seen_[place(x, y)] = true;
      const auto& [dx, dy, right_x, right_y, left_x, left_y] = kSteps[direction];
      twice_area += x * dy - y * dx;
      x += dx;
      y += dy;
      const int turn = !is_set(x + right_x, y + right_y) ? 1 : is_set(x + left_x, y + left_y) ? 3 : 0;
      if (turn != 0) outline.push_back({static_cast<double>(x), static_cast<double>(y)});
      direction = static_cast<Direction>((direction + turn) % 4);
    } while (x != start_x || y != start_y || direction != right);
    is_hole = twice_area < 0;
    return outline;
  }

  const uint8_t* pixels_;
  int64_t height_, width_;
  std::vector<bool> seen_;  // pixels whose upper edge was walked along
};

}  // namespace

PolygonMask PolygonMask::outline(const at::Tensor& given) {
  if (!given.is_cpu() || given.dim() != 2 || given.element_size() != 1)
    throw Error("a bitmap is (H, W) of bool or uint8, on the CPU");
  const at::Tensor bitmap = given.contiguous();
  return PolygonMask(OutlineWalker(bitmap).outlines());
}

}  // namespace millrace
