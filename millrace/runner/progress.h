#pragma once

#include <cstdint>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

/// A count that a checkpoint gives. Throws Error that names it ("progress.iter") if it is below 0.
int64_t saved_count(const State& owner, const std::string& owner_name, const std::string& key);

/// Where a training stands, between two iterations: owned by the train loop, saved whole.
struct Progress {
  int64_t epoch = 0;           // finished epochs; 0 throughout an iteration-based run
  int64_t iter = 0;            // finished iterations
  int64_t batch_in_epoch = 0;  // finished batches of the pass over the data that goes on
  int64_t pass = 0;            // passes over the data so far: the epoch, or how often an iteration-based run began anew
  int64_t samples_seen = 0;
  bool validation_due = false;  // a resume starts with the validation that a kill cut short
  double train_seconds = 0;     // wall-clock time spent in train(), validation included, over all sessions

  State state_dict() const;
  /// Throws Error for a count below 0, and then is as it was.
  void load_state_dict(const State& state);
};

}  // namespace millrace
