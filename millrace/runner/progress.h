#pragma once

#include <cstdint>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

/// Reads a count from a checkpoint. Throws Error with its name ("progress.iter") if it is below 0.
int64_t saved_count(const State& owner, const std::string& owner_name, const std::string& key);

/// The position of a training between two iterations. The train loop owns it, and checkpoints hold all of it.
struct Progress {
  int64_t epoch = 0;           // finished epochs; 0 throughout an iteration-based run
  int64_t iter = 0;            // finished iterations
  int64_t batch_in_epoch = 0;  // finished batches of the current pass over the data
  int64_t pass = 0;  // finished passes over the data: the epochs, or the restarts of the data in an iteration-based run
  int64_t samples_seen = 0;
  bool validation_due = false;  // a resume begins with the validation that was interrupted
  double train_seconds = 0;     // wall-clock time spent in train(), validation included, over all sessions

  State state_dict() const;
  /// Throws Error for a count below 0, and then does not change.
  void load_state_dict(const State& state);
};

}  // namespace millrace
