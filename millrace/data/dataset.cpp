#include "millrace/data/dataset.h"

#include <fmt/format.h>

#include <cstdlib>
#include <numeric>

#include "millrace/base/class_name.h"

namespace millrace {

namespace {

State state_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return {};
    case Value::Kind::boolean:
      return value.as_bool();
    case Value::Kind::integer:
      return value.as_integer();
    case Value::Kind::number:
      return value.as_number();
    case Value::Kind::string:
      return value.as_string();
    case Value::Kind::symbol:
      return value.as_symbol().path;
    case Value::Kind::dict: {
      State dict = State::dict();
      for (const auto& [key, item] : value.as_dict()) dict.entries().push_back({state_of(key), state_of(item)});
      return dict;
    }
    default: {
      State items = value.kind() == Value::Kind::tuple ? State::tuple() : State::list();
      for (const Value& item : value.items()) items.items().push_back(state_of(item));
      return items;
    }
  }
}

State merged_meta(State own, const Value& given) {
  if (given.is_null()) return own;
  if (!given.is_dict())
    throw Error(given.place(), fmt::format("metainfo must be a dict, got {} ({})", given.repr(), given.kind_name()));
  if (own.is_none()) own = State::dict();
  const State changes = state_of(given);
  for (const State::Item& change : changes.entries()) {
    if (!change.key.is_string()) throw Error(given.place(), "a key of metainfo is no string");
    own[change.key.string()] = change.value;
  }
  return own;
}

}  // namespace

Dataset::Dataset(const DatasetOptions& options, State own_meta)
    : pipeline_(options.pipeline), meta_(merged_meta(std::move(own_meta), options.metainfo)) {}

Sample Dataset::load(int64_t index, const Rng& rng) const {
  Sample sample = get(index);
  pipeline_.apply(sample, rng);
  return sample;
}

std::optional<Batch> Dataset::load_batch(std::span<const int64_t>, BatchBuilder::Memory) const { return std::nullopt; }

std::string Dataset::name() const { return class_name_of(typeid(*this)); }

std::vector<int64_t> picked_indices(const std::variant<int64_t, std::vector<int64_t>>& indices, int64_t size) {
  if (const auto* count = std::get_if<int64_t>(&indices)) {
    if (std::abs(*count) > size) throw Error(fmt::format("indices={}: the dataset has {} samples", *count, size));
    std::vector<int64_t> picked(static_cast<size_t>(std::abs(*count)));
    std::iota(picked.begin(), picked.end(), *count < 0 ? size + *count : 0);
    return picked;
  }
  for (const int64_t index : std::get<std::vector<int64_t>>(indices))
    if (index < 0 || index >= size) throw Error(fmt::format("indices has {}: the dataset has {} samples", index, size));
  return std::get<std::vector<int64_t>>(indices);
}

}  // namespace millrace
