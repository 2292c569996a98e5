#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "millrace/registry/component.h"
#include "millrace/tensor/rng.h"

namespace millrace {

class Batch;

/// Augments a whole batch of a training: mixes its rows, or changes their size. Data preprocessors that have the key
/// `batch_augments` call it after all else, on the device.
///
///     class Darken final : public BatchAugment {
///      public:
///       void apply(Batch& batch, Rng& rng) const override {
///         batch.set(keys::inputs, Dense{batch.tensor(keys::inputs) * rng.uniform(0.5, 1)});
///       }
///     };
///     MILLRACE_REGISTER(BatchAugment, Darken);
class BatchAugment {
 public:
  static constexpr const char* kKind = "BatchAugment";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<BatchAugment>;

  virtual ~BatchAugment() = default;
  /// Sets new tensors for the columns that it changes; `img` may share memory with `inputs`. Draw random numbers only
  /// from `rng`.
  virtual void apply(Batch& batch, Rng& rng) const = 0;
};

/// Applies an augmentation to a batch of a training. Its numbers begin at a draw from the process's default generator,
/// whose state is in a checkpoint: a resumed run draws what the unbroken one would have drawn.
void augment_batch(const BatchAugment& augment, Batch& batch);

/// One of several augmentations, drawn anew for each batch.
///
///     batch_augments=dict(
///         augments=[dict(type='Mixup', alpha=0.8), dict(type='CutMix', alpha=1.0)], probs=[0.5, 0.3])
///
/// uses Mixup for half of the batches, CutMix for 30 % and none for 20 %. Without `probs` all are drawn equally often.
class RandomBatchAugment final : public BatchAugment {
 public:
  struct Options {
    Required<OneOrMany<Component<BatchAugment>>> augments;
    std::optional<OneOrMany<double>> probs{};

    template <class Fields>
    static void describe(Fields& f) {
      f("augments", &Options::augments, "augmentations to choose from").not_empty();
      f("probs", &Options::probs, "share of the batches that each gets; the rest stays as it is; None: equal shares")
          .within(0, 1);
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit RandomBatchAugment(Options options);
  void apply(Batch& batch, Rng& rng) const override;

 private:
  std::vector<std::shared_ptr<BatchAugment>> augments_;
  std::vector<double> probs_;  // of each
};

}  // namespace millrace
