#pragma once

#include <cstdint>
#include <vector>

#include "millrace/structures/sample.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// One row of a batch that is to be made.
struct Row {
  int64_t index = 0;     // of the sample in the dataset
  int64_t position = 0;  // the same, or -1 for a row that was added to fill up
  uint64_t ordinal = 0;  // of the row in the run's stream of rows, over all ranks: no other row has it
};

/// Where a source is behind a draft. A map-style dataset needs none: pass and batch say it.
struct SourceMark {
  int64_t drawn = 0;  // samples of a stream, in the whole run
  State stream;       // None where the stream has no state, or where no draft is taken ahead
};

/// A batch that is to be made: which rows, and of a stream the raw samples themselves.
struct Draft {
  std::vector<Row> rows;
  std::vector<Sample> samples;  // as many as rows, or none
  SourceMark mark;
};

}  // namespace millrace
