#pragma once

#include <span>

#include "millrace/registry/registry.h"
#include "millrace/structures/sample.h"

namespace millrace {

class Batch;
class Model;

/// Test-time augmentation: a network predicts several views of each sample (TestTimeAug), and a BaseTTAModel merges their
/// predictions. A task derives from it, as from MMEngine's class of that name, and says how they are merged:
///
///     class MeanDepthTTA final : public BaseTTAModel {
///       Sample merge(std::span<const Sample> views) const override {
///         at::Tensor sum = views[0].tensor("pred_depth"_key);
///         for (const Sample& view : views.subspan(1)) sum = sum + view.tensor("pred_depth"_key);
///         Sample merged = views[0];
///         merged.set("pred_depth"_key, sum / static_cast<double>(views.size()));
///         return merged;
///       }
///     };
///     MILLRACE_REGISTER(BaseTTAModel, MeanDepthTTA);
///
/// PrepareTTAHook makes a test use it; `millrace test --tta` adds the hook. The network is not wrapped: its names, its
/// weights and averages of them stay as they are.
class BaseTTAModel {
 public:
  static constexpr const char* kKind = "BaseTTAModel";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<BaseTTAModel>;

  virtual ~BaseTTAModel() = default;

  /// Predicts the views of a batch, and replaces them by one row a sample. The model's test_step gets the first views of
  /// all samples, then their second views, and so on, as MMEngine's does: views of different sizes are never padded to
  /// one, and a batch takes no more memory than without views. A batch without views is only predicted.
  void test_step(Model& model, Batch& batch) const;

 private:
  /// One sample of its views, of which there is at least one; they are whole rows, with their predictions.
  virtual Sample merge(std::span<const Sample> views) const = 0;
};

}  // namespace millrace
