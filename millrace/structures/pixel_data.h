#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "millrace/structures/sample.h"
#include "millrace/structures/slice.h"
#include "millrace/structures/tensor_conversion.h"

namespace millrace {

/// Maps of one image with the same height and width: the fields of a group ("gt_sem_seg.*") of a sample, or of a row of
/// a batch. MMEngine's PixelData. Shares the tensors.
///
///     const PixelData truth = PixelData::of(batch.row(i), kGtSemSeg);
///     const at::Tensor part = truth.window(0, 0, 64, 64).map(kSemSeg);       // (C, 64, 64)
///
/// A map is (C, H, W); a map (H, W) becomes (1, H, W). Throws Error if heights or widths differ.
class PixelData {
 public:
  struct Map {
    Key name;  // without the group's: "sem_seg"
    at::Tensor values;
  };

  PixelData() = default;
  static PixelData of(const Sample& sample, Key group);
  /// Sets the fields of the group.
  void write(Sample& sample, Key group) const;

  bool empty() const { return maps_.empty(); }
  int64_t height() const { return maps_.empty() ? 0 : maps_[0].values.size(1); }
  int64_t width() const { return maps_.empty() ? 0 : maps_[0].values.size(2); }
  const std::vector<Map>& maps() const { return maps_; }
  const at::Tensor& map(Key name) const;
  void set(Key name, const at::Tensor& values);
  /// Views of a window of all maps; the window must be inside them.
  PixelData window(int64_t top, int64_t left, int64_t height, int64_t width) const;
  /// Views of some rows and columns of all maps, as Python's slices; a single place keeps its dimension:
  /// `slice(-1, {0, 10})` is (C, 1, 10).
  PixelData slice(const Slice& rows, const Slice& columns) const;
  /// With each map converted: on_device, as_dtype, detached, …
  PixelData converted(const TensorConversion& conversion) const;

 private:
  std::vector<Map> maps_;
};

}  // namespace millrace
