#pragma once

#include <cstdint>
#include <vector>

#include "millrace/structures/sample.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// One row of a batch to be made.
struct Row {
  int64_t index = 0;     // of the sample in the dataset
  int64_t position = 0;  // the same, or -1 for a row that was added to fill up
  uint64_t ordinal = 0;  // the row's number in the run, over all ranks; unique
};

/// The state of a source after a draft. A map-style dataset needs none, since pass and batch are enough.
struct SourceMark {
  int64_t drawn = 0;  // samples of a stream, in the whole run
  State stream;       // None if the stream has no state, or if no draft is taken ahead
};

/// A batch to be made: its rows, and for a stream the raw samples.
struct Draft {
  std::vector<Row> rows;
  std::vector<Sample> samples;  // as many as rows, or empty
  SourceMark mark;
};

}  // namespace millrace
