#include "millrace/data/stream_dataset.h"

namespace millrace {

Sample StreamDataset::get(int64_t) const {
  MILLRACE_ASSERT(false, "a sample of a stream has no number");
  return {};
}

}  // namespace millrace
