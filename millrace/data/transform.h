#pragma once

#include <memory>
#include <string>
#include <vector>

#include "millrace/registry/component.h"
#include "millrace/structures/sample.h"
#include "millrace/tensor/rng.h"

namespace millrace {

class GeometricTransform;

/// One step on the way from a raw sample to what a batch is made of.
///
/// Workers share one object: apply() is const and keeps nothing. It may replace tensors of the sample, but never writes
/// into one that it did not make: what a dataset gives out is often a view of its own memory. All chance comes from
/// `rng`, and none from libtorch's default generator, so that a sample does not depend on which worker makes it.
class Transform {
 public:
  static constexpr const char* kKind = "Transform";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Transform>;

  virtual ~Transform() = default;
  virtual void apply(Sample& sample, Rng& rng) const = 0;
};

/// Makes several samples of one, as test-time augmentation does; the last transform of its pipeline.
class ViewTransform : public Transform {
 public:
  /// At least one.
  virtual std::vector<Sample> views(Sample sample, Rng& rng) const = 0;
  /// Throws Error: a caller that can take one sample alone has no use for views.
  void apply(Sample& sample, Rng& rng) const final;
};

/// Transforms one after the other. The one at index i draws from `rng.at(i)`: what it draws does not depend on how much
/// those before it drew. Pixels of geometric transforms that follow each other are sampled once where that changes none.
class Pipeline {
 public:
  Pipeline() = default;
  /// Throws Error if a ViewTransform is not the last one.
  explicit Pipeline(const std::vector<Component<Transform>>& transforms);

  /// Adds the transform's name and index to an error that comes out of it.
  void apply(Sample& sample, const Rng& rng) const;
  /// Whether the last transform gives several samples of one.
  bool gives_views() const { return views_ != nullptr; }
  /// What apply() does, for any pipeline: one sample, or the views that the last transform gives.
  std::vector<Sample> views(Sample sample, const Rng& rng) const;
  bool empty() const { return transforms_.empty(); }
  size_t size() const { return transforms_.size(); }

 private:
  void apply_first(size_t count, Sample& sample, const Rng& rng) const;

  std::vector<std::shared_ptr<Transform>> transforms_;
  std::vector<const GeometricTransform*> geometric_;  // the same ones; null where it is none
  const ViewTransform* views_ = nullptr;              // the last of them, if it is one
};

}  // namespace millrace
