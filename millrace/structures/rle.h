#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

/// A mask as lengths of runs, column after column from the left, each from the top: a run of zeros, a run of ones, and
/// so on. The numbers are those of COCO's run-length encoding (docs/formats/rle.md).
///
///     const Rle rle = Rle::encode(bitmap);
///     const State state = rle.to_state();  // in a sample: {"size": (h, w), "counts": text or list}
///     const Rle same = Rle::from(state);
///
/// The counts add up to height · width, which is at most 2^27. Throws Error if the input breaks a rule.
class Rle {
 public:
  /// A mask in which no pixel is set.
  Rle(int64_t height, int64_t width);
  Rle(int64_t height, int64_t width, std::vector<uint32_t> counts);

  /// bitmap: (H, W) bool or uint8 on the CPU; pixels that are not 0 are set.
  static Rle encode(const at::Tensor& bitmap);
  /// A mask of COCO: a dict of `size` (h, w) and `counts`, a list of int, or a compressed str or bytes.
  static Rle from(const State& coco);
  /// counts: six bits a character, from '0' on; differences to the last but one count, five bits at a time.
  static Rle decompress(int64_t height, int64_t width, std::string_view counts);
  /// The union of masks of one size; `parts` is not empty.
  static Rle unite(std::span<const Rle> parts);

  int64_t height() const { return height_; }
  int64_t width() const { return width_; }
  const std::vector<uint32_t>& counts() const { return counts_; }

  /// (H, W) uint8, 0 and 1.
  at::Tensor decode() const;
  std::string compressed() const;
  /// A dict of `size`, a tuple (h, w), and `counts`, a compressed str.
  State to_state() const;

  /// The number of set pixels.
  int64_t area() const;
  /// x, y, width and height of the smallest box around them, in pixels; zeros if no pixel is set.
  std::array<int64_t, 4> box() const;

 private:
  int64_t height_, width_;
  std::vector<uint32_t> counts_;
};

}  // namespace millrace
