#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/registry/component.h"
#include "millrace/structures/sample.h"
#include "millrace/tensor/rng.h"

namespace millrace {

class GeometricTransform;
class ViewTransform;

/// One step on the way from a raw sample to a row of a batch.
///
/// Workers share one object, so apply() is const. It may replace tensors of the sample, but must not write into a
/// tensor that it did not make: it is often a view of the dataset's memory. Draw random numbers only from `rng`, never
/// from libtorch's default generator, so that a sample does not depend on the worker that makes it.
class Transform {
 public:
  static constexpr const char* kKind = "Transform";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<Transform>;

  /// The facts on a transform that are known before it is built.
  struct Facts {
    bool gives_views = false;  // it is a ViewTransform
  };
  template <class T>
  static Facts facts_of_class() {
    return {std::is_base_of_v<ViewTransform, T>};
  }

  virtual ~Transform() = default;
  Facts facts() const;
  virtual void apply(Sample& sample, Rng& rng) const = 0;
  /// Whether it reads files that the sample names.
  virtual bool reads_files() const { return false; }
};

/// What a transform throws that was told to leave out samples that can't be read (ignore_empty): a loader then takes
/// another sample, as Dataset::max_refetch says. For all others it is an Error.
class EmptySample final : public Error {
 public:
  explicit EmptySample(const Error& reason) : Error(reason) {}
};

/// Makes several samples from one, as test-time augmentation does. It must be the last transform of its pipeline.
class ViewTransform : public Transform {
 public:
  /// Returns at least one sample.
  virtual std::vector<Sample> views(Sample sample, Rng& rng) const = 0;
  /// Throws Error, since the caller needs exactly one sample.
  void apply(Sample& sample, Rng& rng) const final;
};

/// Transforms one after the other. The one at index i draws from `rng.at(i)`, so its numbers do not depend on how many
/// the earlier ones drew. Consecutive geometric transforms sample the pixels once if that gives the same pixels.
class Pipeline {
 public:
  Pipeline() = default;
  /// Throws Error if a ViewTransform is not the last one.
  explicit Pipeline(const std::vector<Component<Transform>>& transforms);
  /// The same as a complaint about `key`.
  static void check(const char* key, const std::vector<Component<Transform>>& transforms, Complaints& complaints);

  /// Adds the transform's name and index to its errors.
  void apply(Sample& sample, const Rng& rng) const;
  /// Whether the last transform makes several samples from one.
  bool gives_views() const { return views_ != nullptr; }
  /// Runs any pipeline: returns one sample, or the views of the last transform.
  std::vector<Sample> views(Sample sample, const Rng& rng) const;
  /// Applies those transforms alone that read files.
  void read_files(Sample& sample, const Rng& rng) const;
  bool empty() const { return transforms_.empty(); }
  size_t size() const { return transforms_.size(); }

 private:
  void apply_first(size_t count, Sample& sample, const Rng& rng) const;

  std::vector<std::shared_ptr<Transform>> transforms_;
  std::vector<const GeometricTransform*> geometric_;  // by index; null if the transform is not geometric
  const ViewTransform* views_ = nullptr;              // the last transform, if it makes views
};

}  // namespace millrace
