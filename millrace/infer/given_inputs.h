#pragma once

#include <optional>
#include <vector>

#include "millrace/data/dataset.h"
#include "millrace/data/imaging.h"
#include "millrace/infer/inferencer.h"

namespace millrace {

/// A test pipeline as inference runs it: whole for a sample, without its loading step for an image that is there.
class InferencePipeline {
 public:
  explicit InferencePipeline(const std::vector<Component<Transform>>& transforms);
  /// Throws Error, naming the file, for what can't be read or is no image.
  Sample apply(const InferenceInput& input, const Rng& rng) const;

 private:
  Pipeline whole_, without_loading_;
  std::optional<ImageReading::Order> order_;  // in which its loading step gives colours, if it has one
};

/// Inputs of an Inferencer as a dataset, so that the loader's threads and batches serve them, too. Keeps references.
class GivenInputs final : public Dataset {
 public:
  GivenInputs(const InferencePipeline& pipeline, const std::vector<InferenceInput>& inputs)
      : pipeline_(pipeline), inputs_(inputs) {}
  int64_t size() const override { return static_cast<int64_t>(inputs_.size()); }
  Sample get(int64_t index) const override;
  Sample load(int64_t index, const Rng& rng) const override;

 private:
  const InferencePipeline& pipeline_;
  const std::vector<InferenceInput>& inputs_;
};

}  // namespace millrace
