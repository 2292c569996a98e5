#include "millrace/data/samplers/aspect_ratio_batch_sampler.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {

namespace {

/// An image that can't be read, and is left out when its batch is made, goes with the wide ones.
bool is_high(const Dataset& dataset, int64_t index) {
  std::optional<ImageSize> size;
  try {
    size = dataset.size_of(index);
  } catch (const EmptySample&) {
    return false;
  }
  if (!size)
    throw Error(fmt::format("AspectRatioBatchSampler needs the size of each image before it is read; {} does not know "
                            "that of sample {}",
                            dataset.name(), index))
        .help(fmt::format("batch_sampler=None, or override size_of() in {}", dataset.name()));
  return size->width < size->height;
}

}  // namespace

AspectRatioBatchSampler::AspectRatioBatchSampler(const BatchSamplerArgs& args, const Options& options)
    : batch_size_(args.batch_size), drop_last_(options.drop_last) {}

int64_t AspectRatioBatchSampler::length(int64_t rows) const {
  return rows / batch_size_ + (!drop_last_ && rows % batch_size_ != 0 ? 1 : 0);
}

BatchCut AspectRatioBatchSampler::cut(std::span<const int64_t> order, const Dataset& dataset, Rest rest) const {
  BatchCut cut;
  std::vector<int64_t> high, wide;
  const auto add_batch = [&](const int64_t* places, int64_t count) {
    cut.places.insert(cut.places.end(), places, places + count);
    cut.ends.push_back(static_cast<int64_t>(cut.places.size()));
  };
  for (size_t place = 0; place < order.size(); ++place) {
    std::vector<int64_t>& group = is_high(dataset, order[place]) ? high : wide;
    group.push_back(static_cast<int64_t>(place));
    if (static_cast<int64_t>(group.size()) < batch_size_) continue;
    add_batch(group.data(), batch_size_);
    group.clear();
  }
  if (rest == Rest::next_pass) return cut;
  std::vector<int64_t> left = std::move(high);
  left.insert(left.end(), wide.begin(), wide.end());
  for (int64_t begin = 0; begin < static_cast<int64_t>(left.size()); begin += batch_size_) {
    const int64_t count = std::min(batch_size_, static_cast<int64_t>(left.size()) - begin);
    if (count == batch_size_ || !drop_last_) add_batch(left.data() + begin, count);
  }
  return cut;
}

MILLRACE_REGISTER(BatchSampler, AspectRatioBatchSampler);

}  // namespace millrace
