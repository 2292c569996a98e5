#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "millrace/data/geometry/point_map.h"

namespace millrace {

/// Sizes of a dataset's images, each found out once: what Dataset::size_of keeps where it reads files
/// (read_image_size). 8 bytes an image, from the first question on. For several threads at once.
class ImageSizes {
 public:
  /// The size of image `index` of `count`; `find()` gives it where nobody has asked before. What it throws is asked for
  /// again.
  template <class Find>
  ImageSize of(int64_t index, int64_t count, const Find& find) const {
    std::call_once(is_made_, [&] { sizes_ = std::make_unique<std::atomic<uint64_t>[]>(static_cast<size_t>(count)); });
    std::atomic<uint64_t>& kept = sizes_[static_cast<size_t>(index)];
    if (const uint64_t known = kept.load(std::memory_order_relaxed))
      return {static_cast<int64_t>(known >> 32), static_cast<int64_t>(known & UINT32_MAX)};
    const ImageSize size = find();
    kept.store(static_cast<uint64_t>(size.height) << 32 | static_cast<uint64_t>(size.width), std::memory_order_relaxed);
    return size;
  }

 private:
  mutable std::once_flag is_made_;
  mutable std::unique_ptr<std::atomic<uint64_t>[]> sizes_;  // height and width; 0: nobody has asked
};

}  // namespace millrace
