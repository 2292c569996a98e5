#include "millrace/data/batch_maker.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <stdexcept>

namespace millrace {

Sample BatchMaker::sample(Draft& draft, size_t i) const {
  const Row& row = draft.rows[i];
  const Rng rng(seed_, mode_, row.ordinal);
  Sample sample;
  if (draft.samples.empty()) {
    sample = dataset_.load(row.index, rng);
  } else {
    sample = std::move(draft.samples[i]);
    dataset_.pipeline().apply(sample, rng);
  }
  sample.set_position(row.position);
  return sample;
}

void BatchMaker::rethrow_with_sample(int64_t index) const {
  const std::string which = fmt::format("sample {} of {}", index, dataset_.name());
  try {
    throw;
  } catch (Error& error) {
    error.note(which);
    throw;
  } catch (const c10::Error& error) {
    throw Error(error.what_without_backtrace()).note(which);
  } catch (const std::logic_error& error) {
    throw std::logic_error(fmt::format("{}\n  {}", error.what(), which));
  } catch (const std::exception& error) {
    throw Error(error.what()).note(which);
  }
}

Batch BatchMaker::make(Draft& draft, const std::atomic<bool>& is_stopped) const {
  const auto size = static_cast<int64_t>(draft.rows.size());
  if (draft.samples.empty()) {
    c10::SmallVector<int64_t, 256> indices;
    for (const Row& row : draft.rows) indices.push_back(row.index);
    if (auto batch = dataset_.load_batch({indices.data(), indices.size()}, memory_)) {
      std::vector<int64_t> positions;
      positions.reserve(draft.rows.size());
      for (const Row& row : draft.rows) positions.push_back(row.position);
      batch->set_positions(std::move(positions));
      return std::move(*batch);
    }
  }
  BatchBuilder builder(size, memory_);
  for (size_t i = 0; i < draft.rows.size() && !is_stopped.load(std::memory_order_relaxed); ++i) {
    try {
      builder.add(sample(draft, i));
    } catch (...) {
      rethrow_with_sample(draft.rows[i].index);
    }
  }
  return builder.finish();
}

}  // namespace millrace
