#include "millrace/data/batch_maker.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <stdexcept>

namespace millrace {

void rethrow_with_sample(int64_t index, const Dataset& dataset) {
  const std::string which = fmt::format("sample {} of {}", index, dataset.name());
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

std::vector<Sample> BatchMaker::views(Draft& draft, size_t i) const {
  const Row& row = draft.rows[i];
  const Rng rng(seed_, mode_, row.ordinal);
  std::vector<Sample> views = draft.samples.empty() ? dataset_.load_views(row.index, rng)
                                                    : dataset_.pipeline().views(std::move(draft.samples[i]), rng);
  for (Sample& view : views) {
    view.set(keys::view_of, static_cast<int64_t>(i));
    view.set_position(row.position);
  }
  return views;
}

std::optional<Batch> BatchMaker::batch_at_once(const Draft& draft) const {
  c10::SmallVector<int64_t, 256> indices;
  for (const Row& row : draft.rows) indices.push_back(row.index);
  std::optional<Batch> batch = dataset_.load_batch({indices.data(), indices.size()}, memory_);
  if (!batch) return std::nullopt;
  std::vector<int64_t> positions;
  positions.reserve(draft.rows.size());
  for (const Row& row : draft.rows) positions.push_back(row.position);
  batch->set_positions(std::move(positions));
  return batch;
}

Batch BatchMaker::batch_of_samples(Draft& draft, const std::atomic<bool>& is_stopped) const {
  BatchBuilder builder(static_cast<int64_t>(draft.rows.size()), memory_);
  for (size_t i = 0; i < draft.rows.size() && !is_stopped.load(std::memory_order_relaxed); ++i) {
    try {
      builder.add(sample(draft, i));
    } catch (...) {
      rethrow_with_sample(draft.rows[i].index, dataset_);
    }
  }
  return builder.finish();
}

Batch BatchMaker::batch_of_views(Draft& draft, const std::atomic<bool>& is_stopped) const {
  std::vector<std::vector<Sample>> views_of(draft.rows.size());
  size_t rows = 0;
  const auto for_each_sample = [&](const auto& body) {
    for (size_t i = 0; i < draft.rows.size() && !is_stopped.load(std::memory_order_relaxed); ++i) {
      try {
        body(i);
      } catch (...) {
        rethrow_with_sample(draft.rows[i].index, dataset_);
      }
    }
  };
  for_each_sample([&](size_t i) { rows += (views_of[i] = views(draft, i)).size(); });
  BatchBuilder builder(static_cast<int64_t>(rows), memory_);
  for_each_sample([&](size_t i) {
    for (const Sample& view : views_of[i]) builder.add(view);
  });
  return builder.finish();
}

Batch BatchMaker::make(Draft& draft, const std::atomic<bool>& is_stopped) const {
  if (draft.samples.empty())
    if (std::optional<Batch> batch = batch_at_once(draft)) return std::move(*batch);
  return gives_views_ ? batch_of_views(draft, is_stopped) : batch_of_samples(draft, is_stopped);
}

}  // namespace millrace
