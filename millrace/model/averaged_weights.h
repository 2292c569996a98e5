#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/checkpoint/weights_match.h"
#include "millrace/model/averaging.h"
#include "millrace/tensor/state.h"

namespace millrace {

class Model;

/// A running average of a model's weights beside the model, which it never wraps.
///
///     AveragedWeights average(std::make_shared<ExponentialMovingAverage>());
///     average.update(model);       // after each step
///     average.exchange();          // the model has the averages: evaluate it
///     average.exchange();          // and its own weights again
///
/// The average is of all floating-point parameters, and of such buffers with `update_buffers`; everything else of it is
/// the model's own. The first update copies. Until then there is no average, and no memory for it.
///
/// An update is one pass over all tensors. An exchange gives each tensor of the model the memory of its average, and the
/// other way round: it copies nothing, whoever holds the tensors sees it, and two exchanges restore the same bits. (Only
/// averages on another device, and tensors that share their memory with others, are copied.)
///
/// A model must outlive its average, and keep its tensors: an optimizer relies on that, too.
class AveragedWeights {
 public:
  explicit AveragedWeights(std::shared_ptr<const Averaging> rule) : rule_(std::move(rule)) {}

  /// Takes the model's weights in. Not while they are exchanged.
  void update(const Model& model);
  /// The updates up to now.
  int64_t steps() const { return steps_; }
  /// Forgets the average: the next update copies.
  void reset();

  void exchange();
  bool is_exchanged() const { return is_exchanged_; }

  /// {"steps": (), int64, "module.NAME": tensor, …} as MMEngine has it, with every tensor of a state dict; those that are
  /// not averaged are the model's own.
  State state_dict(const Model& model) const;
  /// Takes over such a state. `revise_keys` are tried where its names are not those of the model. Returns what was
  /// loaded. Throws Error if `strict` and not all fits; else what does not fit begins with the model's weights.
  WeightsMatch load_state_dict(const Model& model, const State& state, bool strict, const std::string& source,
                               const std::vector<ReviseKey>& revise_keys = {});

 private:
  struct Pair {
    at::Tensor weights;  // the model's
    at::Tensor average;
    bool is_alias = false;  // its memory is that of an earlier pair's weights
  };
  void begin(const Model& model);
  void average(double share);

  std::shared_ptr<const Averaging> rule_;
  std::vector<Pair> pairs_;
  int64_t steps_ = 0;
  bool is_exchanged_ = false;
};

}  // namespace millrace
