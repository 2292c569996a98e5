#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/mode.h"
#include "millrace/hub/message_hub.h"

namespace millrace {

/// The position of a run when a line is written.
struct LogState {
  enum class At { iter, epoch };  // within a loop; after a validation or a test

  Mode mode = Mode::train;
  At at = At::iter;
  int64_t batch_idx = 0;  // of the current loop, from 0; at the end of an epoch the number of batches
  int64_t epoch = 0;      // finished epochs of training
  int64_t iter = 0;       // finished iterations of training, without the current one
  int64_t max_epochs = 1;
  int64_t max_iters = 0;
  int64_t loader_length = 0;  // batches in a pass of the mode's loader
  bool train_loop_built = true;
  bool run_by_epoch = true;               // whether the train loop counts epochs
  bool with_non_scalar = false;           // whether the tag of an epoch also has values that are not scalars
  std::optional<double> eta_s = {};       // seconds to the end
  std::optional<int64_t> memory_mb = {};  // peak of the device since the last line
};

/// The numbers of a line and a record, without texts, so that an iteration costs little. Never changes later.
struct LogNumbers {
  using Entries = std::vector<std::pair<std::string, Number>>;

  LogState state;
  Entries line;                                      // by their names in the line
  Entries tag;                                       // by their names for backends; empty: as in the line
  std::vector<std::pair<std::string, State>> infos;  // of an epoch: values that are not scalars
};

struct LogRecord {
  std::string line;                                // for people
  std::vector<std::pair<std::string, State>> tag;  // for the backends, in order
};

}  // namespace millrace
