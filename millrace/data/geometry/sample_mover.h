#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "millrace/data/geometry/image_move.h"
#include "millrace/data/geometry/pixel_path.h"

namespace millrace {

/// Does to a sample what moves say: to its image, and to all that the table of annotations has. Coordinates follow each
/// move at once; pixels are sampled at the end, once for moves that can be put together (PixelPath).
///
///     SampleMover mover(sample);
///     mover.add(flip.plan(sample, rng));
///     mover.hide_pixels();                    // before something else looks at the sample
///     mover.add(crop.plan(sample, other));
///     mover.finish();
class SampleMover {
 public:
  explicit SampleMover(Sample& sample) : sample_(sample) {}  // which must outlive it

  void add(ImageMove&& move);
  /// The sample is what it will be after the moves so far, but without pixels: the image has its size and dtype alone
  /// (a tensor of the device "meta"), maps and masks of pixels are None. What reads them fails.
  void hide_pixels();
  /// Samples what is pending.
  void finish();

 private:
  void follow(const ImageMove& move);
  void drop_instances();
  void drop_instances_of(Key group);
  void show_pixels();

  Sample& sample_;
  std::optional<PixelPath> path_;              // of pixels that are pending
  ImageSize size_{};                           // of the image after the moves so far
  State image_;                                // while pixels are hidden
  std::vector<std::pair<Key, State>> hidden_;  // maps and masks, too
};

}  // namespace millrace
