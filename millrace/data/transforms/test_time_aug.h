#pragma once

#include <vector>

#include "millrace/data/transform.h"

namespace millrace {

/// Several views of each sample, for test-time augmentation: one for each way to take one transform of each list. The
/// last list varies fastest.
///
///     tta_pipeline = [
///         dict(type='LoadImageFromFile'),
///         dict(type='TestTimeAug', transforms=[
///             [dict(type='Resize', scale=(256, 256)), dict(type='Resize', scale=(320, 320))],
///             [dict(type='RandomFlip', prob=0.0), dict(type='RandomFlip', prob=1.0)],
///             [dict(type='PackInputs')]])]
///
/// gives four views: 256 pixels, 256 mirrored, 320, 320 mirrored. Views may have different sizes. A BaseTTAModel merges their
/// predictions. It must be the last transform of its pipeline.
///
/// Draws   each view from its own numbers, so that they do not depend on the other views
class TestTimeAug final : public ViewTransform {
 public:
  struct Options {
    Required<std::vector<std::vector<Component<Transform>>>> transforms;

    template <class Fields>
    static void describe(Fields& f) {
      f("transforms", &Options::transforms, "a list for each step; a view takes one transform of each").not_empty();
    }
  };
  /// Refuses a transform that gives views itself.
  static void check(const Options& options, Complaints& complaints);
  explicit TestTimeAug(Options options);
  std::vector<Sample> views(Sample sample, Rng& rng) const override;

 private:
  std::vector<Pipeline> pipelines_;  // of each view
};

}  // namespace millrace
