#pragma once

#include <optional>
#include <vector>

#include "millrace/data/dataset.h"
#include "millrace/data/imaging.h"
#include "millrace/infer/inferencer.h"

namespace millrace {

/// Runs a test pipeline for inference: all steps for a sample, without the loading step for an image in memory.
class InferencePipeline {
 public:
  explicit InferencePipeline(const std::vector<Component<Transform>>& transforms);
  /// Throws Error with the path if a file can't be read or is not an image.
  Sample apply(const InferenceInput& input, const Rng& rng) const;

 private:
  Pipeline whole_, without_loading_;
  std::optional<ImageReading::Order> order_;  // of the colours from its loading step, if it has one
};

/// The inputs of an Inferencer as a dataset, so that a DataLoader reads and batches them. Keeps references.
class GivenInputs final : public Dataset {
 public:
  /// No input takes the place of one that can't be read, whatever the pipeline ignores.
  GivenInputs(const InferencePipeline& pipeline, const std::vector<InferenceInput>& inputs)
      : Dataset(DatasetOptions{.max_refetch = std::nullopt}), pipeline_(pipeline), inputs_(inputs) {}
  int64_t size() const override { return static_cast<int64_t>(inputs_.size()); }
  Sample get(int64_t index) const override;
  Sample load(int64_t index, const Rng& rng) const override;

 private:
  const InferencePipeline& pipeline_;
  const std::vector<InferenceInput>& inputs_;
};

}  // namespace millrace
