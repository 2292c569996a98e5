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

class StreamDataset;

/// The keys that every dataset has. A dataset with its own options flattens them.
struct DatasetOptions {
  std::vector<Component<Transform>> pipeline{};
  Value metainfo{};
  std::optional<std::variant<int64_t, std::vector<int64_t>>> indices;
  std::optional<int64_t> max_refetch = 1000;

  template <class Fields>
  static void describe(Fields& f) {
    using O = DatasetOptions;
    f("pipeline", &O::pipeline, "transforms of each sample, in their order");
    f("metainfo", &O::metainfo,
      "facts on the data for metrics and checkpoints; takes precedence over those of the dataset itself");
    f("indices", &O::indices, "N: the first N samples, -N: the last N, a list: those");
    f("max_refetch", &O::max_refetch,
      "other samples that are tried in place of an empty one (LoadImageFromFile, ignore_empty=True); None: none")
        .at_least(0);
    f.ignore("serialize_data", "workers are threads and share the data as they are");
    f.ignore("lazy_init", "a dataset is read when it is built");
  }
  static void check(const DatasetOptions& options, Complaints& complaints);
};

/// Numbered samples. All functions are const, and several threads call them at once.
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

  /// The facts on a dataset that are known before it is built.
  struct Facts {
    bool is_stream = false;  // a StreamDataset: unknown length, its own order
  };
  template <class T>
  static Facts facts_of_class() {
    return {std::is_base_of_v<StreamDataset, T>};
  }

  Dataset() = default;
  /// `own_meta` holds the facts that the dataset itself knows about its data: a dict, or None.
  explicit Dataset(const DatasetOptions& options, State own_meta = {});
  virtual ~Dataset() = default;

  virtual int64_t size() const = 0;
  /// The raw sample; 0 <= index < size().
  virtual Sample get(int64_t index) const = 0;
  /// The sample after its transforms. `rng` belongs to this sample. A dataset that draws other samples or numbers
  /// itself uses a child that no transform has (`rng.at(kOwnDraws)` and later ones).
  virtual Sample load(int64_t index, const Rng& rng) const;
  static constexpr uint32_t kOwnDraws = 1U << 16;

  /// Whether each sample comes as several views (see Pipeline::views); then load_views() is called instead of load(). A
  /// dataset that overrides load() to give samples of another dataset must override these two, too.
  virtual bool gives_views() const { return pipeline_.gives_views(); }
  virtual std::vector<Sample> load_views(int64_t index, const Rng& rng) const;

  /// Several samples at once, if that is cheaper than one by one; else nothing. The caller sets the positions.
  virtual std::optional<Batch> load_batch(std::span<const int64_t> indices, BatchBuilder::Memory memory) const;

  // For samplers, without loading a sample; nothing if the dataset does not know it. For the raw image; an EmptySample
  // if it can't be read and is to be left out:
  virtual std::optional<ImageSize> size_of(int64_t) const { return std::nullopt; }
  /// The classes in a sample: its label, or those of its instances.
  virtual std::optional<std::vector<int64_t>> class_ids(int64_t) const { return std::nullopt; }

  /// Facts on the data for metrics and checkpoints: a dict with 'classes' and so on, or None.
  const State& meta() const { return meta_; }
  const Pipeline& pipeline() const { return pipeline_; }
  /// None: an empty sample is an error (see EmptySample).
  std::optional<int64_t> max_refetch() const { return max_refetch_; }
  /// What a user should know of the data: "photos: 4 files skipped: 3 .heic, 1 .txt".
  const std::vector<std::string>& notices() const { return notices_; }

  /// Numbers its classes and orders its features as `reference` does: the meta of the training data, which has all its
  /// names. false: it can't. Before anybody reads samples; see follow_names.
  virtual bool follow(const State& reference);
  Facts facts() const;
  /// The name of its class: "FashionMNIST".
  std::string name() const;

 protected:
  void set_meta(State meta) { meta_ = std::move(meta); }
  void add_notice(std::string text) { notices_.push_back(std::move(text)); }

 private:
  Pipeline pipeline_;
  State meta_;
  std::optional<int64_t> max_refetch_ = 1000;
  std::vector<std::string> notices_;
};

/// The samples that `indices` chooses from `size` samples; throws Error if there are too few.
std::vector<int64_t> picked_indices(const std::variant<int64_t, std::vector<int64_t>>& indices, int64_t size);

}  // namespace millrace
