#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "millrace/data/geometry/point_map.h"
#include "millrace/data/transform.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/batch_builder.h"

namespace millrace {

/// The keys that every dataset has; a dataset with options of its own flattens them.
struct DatasetOptions {
  std::vector<Component<Transform>> pipeline{};
  Value metainfo{};
  std::optional<std::variant<int64_t, std::vector<int64_t>>> indices;

  template <class Fields>
  static void describe(Fields& f) {
    using O = DatasetOptions;
    f("pipeline", &O::pipeline, "transforms of each sample, in their order");
    f("metainfo", &O::metainfo,
      "what metrics and checkpoints know of the data; goes before what the dataset itself says");
    f("indices", &O::indices, "N: the first N samples, -N: the last N, a list: those");
    f.ignore("serialize_data", "workers are threads and share the data as they are");
    f.ignore("lazy_init", "a dataset is read when it is built");
    f.ignore("max_refetch", "a sample that can't be made is an error");
  }
  static void check(const DatasetOptions& options, Complaints& complaints);
};

/// Samples with a number each. All of it is const, and called from several threads at once.
///
///     class Squares final : public Dataset {
///      public:
///       int64_t size() const override { return 100; }
///       Sample get(int64_t index) const override {
///         Sample sample;
///         sample.set("inputs"_key, at::full({1}, index));
///         sample.set("square"_key, index * index);
///         return sample;
///       }
///     };
class Dataset {
 public:
  static constexpr const char* kKind = "Dataset";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often, .passes_configs_on = true};
  using Registry = millrace::Registry<Dataset>;

  Dataset() = default;
  /// `own_meta` is what the dataset itself knows of its data: a dict, or none.
  explicit Dataset(const DatasetOptions& options, State own_meta = {});
  virtual ~Dataset() = default;

  virtual int64_t size() const = 0;
  /// The raw sample; 0 <= index < size().
  virtual Sample get(int64_t index) const = 0;
  /// The sample with its transforms done. `rng` belongs to this sample alone; a dataset that draws partners or numbers
  /// of its own takes them from a child of it that no transform has (from `rng.at(kOwnDraws)` on).
  virtual Sample load(int64_t index, const Rng& rng) const;
  static constexpr uint32_t kOwnDraws = 1U << 16;

  /// Whether samples come as several views each (see Pipeline::views): load_views() is called then, and not load(). A
  /// dataset that overrides load() to give samples of another one overrides these two, too.
  virtual bool gives_views() const { return pipeline_.gives_views(); }
  virtual std::vector<Sample> load_views(int64_t index, const Rng& rng) const;

  /// Several samples at once, in a way that is cheaper than one by one; none if there is none. Positions are set by the
  /// caller.
  virtual std::optional<Batch> load_batch(std::span<const int64_t> indices, BatchBuilder::Memory memory) const;

  // For samplers, and known before a sample is loaded; none if the dataset does not know it. Of a raw image:
  virtual std::optional<ImageSize> size_of(int64_t) const { return std::nullopt; }
  /// The classes that a sample shows: its label, or those of its instances.
  virtual std::optional<std::vector<int64_t>> class_ids(int64_t) const { return std::nullopt; }

  /// What metrics and checkpoints know of the data: a dict with 'classes' and the like, or none.
  const State& meta() const { return meta_; }
  const Pipeline& pipeline() const { return pipeline_; }
  /// Of its class: "FashionMNIST".
  std::string name() const;

 private:
  Pipeline pipeline_;
  State meta_;
};

/// The samples that `indices` picks of `size`; throws Error if there are not so many.
std::vector<int64_t> picked_indices(const std::variant<int64_t, std::vector<int64_t>>& indices, int64_t size);

}  // namespace millrace
