#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "millrace/data/geometry/image_move.h"
#include "millrace/data/geometry/pixel_path.h"

namespace millrace {

/// Applies moves to a sample: to its image and to all annotations in the table. Coordinates follow each move at once.
/// Pixels are sampled at the end, once for moves that can be combined (PixelPath).
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
  /// Gives the sample the state after the moves so far, but without pixels: the image has only its size and dtype (a
  /// tensor on the device "meta"), maps and bitmap masks are None. Code that reads them fails.
  void hide_pixels();
  /// Samples the pending pixels.
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
