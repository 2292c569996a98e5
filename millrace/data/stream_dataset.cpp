#include "millrace/data/stream_dataset.h"

#include <typeinfo>

#include "millrace/base/class_name.h"

namespace millrace {

StreamDataset::StreamDataset(const DatasetOptions& options, State own_meta) : Dataset(options, std::move(own_meta)) {
  if (options.indices)
    throw Error("indices: the samples of a stream have no numbers")
        .note("num_batch_per_epoch in the loader limits a pass");
}

Sample StreamDataset::get(int64_t) const {
  throw Error(class_name_of(typeid(*this)) + " is a stream, whose samples have no numbers: next() gives them");
}

}  // namespace millrace
