#include "millrace/data/batch_maker.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <exception>
#include <stdexcept>

#include "millrace/data/dataset_memory.h"
#include "millrace/tensor/torch_failure.h"

namespace millrace {

void rethrow_with_sample(int64_t index, const Dataset& dataset) {
  const std::string which = fmt::format("sample {} of {}", index, dataset.name());
  try {
    throw;
  } catch (Error& error) {
    error.note(which);
    throw;
  } catch (const c10::Error&) {
    rethrow_explained({which});
  } catch (const std::logic_error& error) {
    throw std::logic_error(fmt::format("{}\n  {}", error.what(), which));
  } catch (const std::exception& error) {
    std::throw_with_nested(Error(error.what()).note(which));
  }
}

/// What `load(index, rng)` gives for a row. Where its sample is empty, the row becomes that of another one.
template <class Load>
auto BatchMaker::with_refetch(Row& row, const Load& load) const {
  const Rng rng(seed_, mode_, row.ordinal);
  Rng own = rng;
  for (int64_t tried = 0;; ++tried) {
    try {
      return load(row.index, own);
    } catch (EmptySample& error) {
      left_out_.add(row.index, error.what());
      const int64_t most = dataset_.max_refetch().value_or(0);
      if (tried == most) {
        if (most > 0) error.note(fmt::format("nor could {} others be read, which is max_refetch", most));
        throw;
      }
      own = rng.at(Dataset::kOwnDraws - 1).at(static_cast<uint32_t>(tried));  // which no transform has
      row.index = own.integer(0, dataset_.size() - 1);
      row.position = mode_ == Mode::train && row.position >= 0 ? row.index : -1;
    }
  }
}

Sample BatchMaker::loaded(int64_t index, const Rng& rng) const {
  const bool looks = looks_.load(std::memory_order_relaxed) > 0 && mode_ == Mode::train &&
                     !dataset_.pipeline().empty() && looks_.fetch_sub(1, std::memory_order_relaxed) > 0;
  if (!looks) return dataset_.load(index, rng);
  const DatasetMemory memory(dataset_.get(index));
  Sample sample = dataset_.load(index, rng);
  if (const std::string written = memory.written(); !written.empty())
    left_out_.warn(
        fmt::format("a transform writes into {} of sample {}, which is the dataset's own memory: the sample "
                    "is another one in each later pass. A transform sets a new tensor: values.mul(2), not "
                    "values.mul_(2)",
                    written, index));
  return sample;
}

Sample BatchMaker::sample(Draft& draft, size_t i) const {
  Row& row = draft.rows[i];
  Sample sample;
  if (draft.samples.empty()) {
    sample = with_refetch(row, [&](int64_t index, const Rng& rng) { return loaded(index, rng); });
  } else {
    const Rng rng(seed_, mode_, row.ordinal);
    sample = std::move(draft.samples[i]);
    dataset_.pipeline().apply(sample, rng);
  }
  sample.set_position(row.position);
  return sample;
}

std::vector<Sample> BatchMaker::views(Draft& draft, size_t i) const {
  Row& row = draft.rows[i];
  std::vector<Sample> views =
      draft.samples.empty()
          ? with_refetch(row, [&](int64_t index, const Rng& rng) { return dataset_.load_views(index, rng); })
          : dataset_.pipeline().views(std::move(draft.samples[i]), Rng(seed_, mode_, row.ordinal));
  if (views.empty()) throw Error("load_views gave no sample: there must be at least one view");
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
  if (batch->size() != static_cast<int64_t>(draft.rows.size()))
    throw Error(
        fmt::format("{}::load_batch gave {} rows for {} indices", dataset_.name(), batch->size(), draft.rows.size()));
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
