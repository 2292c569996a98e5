#include "millrace/data/dataset.h"

#include <fmt/format.h>

#include <cstdlib>
#include <numeric>

#include "millrace/base/class_name.h"
#include "millrace/data/stream_dataset.h"
#include "millrace/tensor/value_state.h"

namespace millrace {

namespace {

State merged_meta(State own, const DatasetOptions& options) {
  Complaints complaints("Dataset");
  DatasetOptions::check(options, complaints);
  complaints.throw_if_any();
  const Value& given = options.metainfo;
  if (given.is_null()) return own;
  if (own.is_none()) own = State::dict();
  const State changes = state_of(given);
  for (const State::Item& change : changes.entries()) own[change.key.string()] = change.value;
  return own;
}

}  // namespace

void DatasetOptions::check(const DatasetOptions& options, Complaints& complaints) {
  Pipeline::check("pipeline", options.pipeline, complaints);
  const Value& given = options.metainfo;
  if (given.is_null()) return;
  if (!given.is_dict()) {
    complaints.add("metainfo", fmt::format("metainfo must be a dict, got {} ({})", given.repr(), given.kind_name()));
    return;
  }
  for (const auto& [key, value] : given.as_dict())
    if (!key.is_string()) complaints.add("metainfo", "a key of metainfo is not a string: " + key.repr());
}

Dataset::Dataset(const DatasetOptions& options, State own_meta)
    : pipeline_(options.pipeline),
      meta_(merged_meta(std::move(own_meta), options)),
      max_refetch_(options.max_refetch) {}

Dataset::Facts Dataset::facts() const { return {dynamic_cast<const StreamDataset*>(this) != nullptr}; }

Sample Dataset::load(int64_t index, const Rng& rng) const {
  Sample sample = get(index);
  pipeline_.apply(sample, rng);
  return sample;
}

std::vector<Sample> Dataset::load_views(int64_t index, const Rng& rng) const {
  return pipeline_.views(get(index), rng);
}

std::optional<Batch> Dataset::load_batch(std::span<const int64_t>, BatchBuilder::Memory) const { return std::nullopt; }

bool Dataset::follow(const State&) { return false; }

std::string Dataset::name() const { return class_name_of(typeid(*this)); }

std::vector<int64_t> picked_indices(const std::variant<int64_t, std::vector<int64_t>>& indices, int64_t size) {
  if (const auto* count = std::get_if<int64_t>(&indices)) {
    if (*count > size || *count < -size)
      throw Error(fmt::format("indices={}: the dataset has {} samples", *count, size));
    std::vector<int64_t> picked(static_cast<size_t>(std::abs(*count)));
    std::iota(picked.begin(), picked.end(), *count < 0 ? size + *count : 0);
    return picked;
  }
  for (const int64_t index : std::get<std::vector<int64_t>>(indices))
    if (index < 0 || index >= size) throw Error(fmt::format("indices has {}: the dataset has {} samples", index, size));
  return std::get<std::vector<int64_t>>(indices);
}

}  // namespace millrace
