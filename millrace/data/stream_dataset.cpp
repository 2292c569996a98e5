#include "millrace/data/stream_dataset.h"

namespace millrace {

StreamDataset::StreamDataset(const DatasetOptions& options, State own_meta) : Dataset(options, std::move(own_meta)) {
  if (options.indices)
    throw Error("indices: the samples of a stream have no numbers")
        .note("num_batch_per_epoch in the loader limits a pass");
}

Sample StreamDataset::get(int64_t) const {
  MILLRACE_ASSERT(false, "a sample of a stream has no number");
  return {};
}

}  // namespace millrace
