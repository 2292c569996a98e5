#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

class Logger;
class MessageHub;
class Model;
class OptimSet;

/// Looks for losses, gradient norms and weights of a training that are not finite. The first loss or norm is a warning
/// in the log, and part of the run's summary.
class FiniteWatch {
 public:
  /// A loss ("loss", "loss_cls") or a norm ("grad_norm") with a value that is not finite, and its iteration.
  struct Finding {
    std::string name;
    double value = 0;
    int64_t iter = 0;  // counted from 1

    /// "the loss of iteration 12 is nan"
    std::string text() const;
  };

  /// Looks at what was published since the last call, after `done` iterations. Fetches what lies on a device: call it
  /// where the log does so anyway.
  void look(const MessageHub& hub, const OptimSet& optims, int64_t done, Logger& logger);
  const std::optional<Finding>& first() const { return first_; }

  /// The first weight that is not finite after iteration `iter`; "" if all are (first_not_finite). Reads the weights
  /// once for an iteration, however often you call it, and warns of the first.
  const std::string& broken_weight(const Model& model, int64_t iter, Logger& logger);

  State state_dict() const;
  void load_state_dict(const State& state);

 private:
  std::optional<Finding> first_;
  int64_t looked_ = 0;
  int64_t weights_iter_ = -1;
  std::string broken_weight_;
};

}  // namespace millrace
