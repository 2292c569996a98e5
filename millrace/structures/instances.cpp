#include "millrace/structures/instances.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/structures/sample.h"

namespace millrace {

namespace {

at::Tensor offsets_of(std::span<const int64_t> counts) {
  at::Tensor offsets = at::empty({static_cast<int64_t>(counts.size()) + 1}, at::kLong);
  int64_t* const out = offsets.mutable_data_ptr<int64_t>();
  out[0] = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < 0) throw Error(fmt::format("image {} can't have {} instances", i, counts[i]));
    out[i + 1] = out[i] + counts[i];
  }
  return offsets;
}

std::string listed(const std::vector<Instances::Column>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name.name());
  return names.empty() ? "nothing" : join(names);
}

State joined_rows(std::span<const State* const> parts) {
  const bool are_tensors = parts[0]->is_tensor();
  for (const State* part : parts)
    if (part->is_tensor() != are_tensors) throw Error("masks as tensors and as lists can't lie in one column");
  if (!are_tensors) {
    State all = State::list();
    for (const State* part : parts)
      for (const State& item : part->items()) all.push_back(item);
    return all;
  }
  std::vector<at::Tensor> tensors;
  for (const State* part : parts) tensors.push_back(part->tensor());
  return at::cat(tensors);
}

}  // namespace

State selected_rows(const State& rows, const at::Tensor& places) {
  if (rows.is_tensor()) return rows.tensor().index_select(0, places.to(rows.tensor().device()));
  State chosen = State::list();
  const std::span<const int64_t> indices(places.const_data_ptr<int64_t>(), static_cast<size_t>(places.numel()));
  for (const int64_t i : indices) chosen.push_back(rows.items()[static_cast<size_t>(i)]);
  return chosen;
}

Instances::Instances(at::Tensor offsets) : offsets_(std::move(offsets)) {
  if (!offsets_.defined() || !offsets_.is_cpu() || offsets_.scalar_type() != at::kLong || offsets_.dim() != 1 ||
      offsets_.size(0) == 0 || !offsets_.is_contiguous())
    throw Error("offsets of instances are (images + 1) int64 on the CPU").help("Instances::of_images(counts)");
  const int64_t* const at = offsets_.const_data_ptr<int64_t>();
  if (at[0] != 0 || !std::is_sorted(at, at + offsets_.size(0)))
    throw Error("offsets of instances rise from 0: image i has the rows from offsets[i] up to offsets[i + 1]");
}

Instances Instances::of_images(std::span<const int64_t> counts) { return Instances(offsets_of(counts)); }

int64_t Instances::begin(int64_t image) const {
  if (image < 0 || image > images()) throw Error(fmt::format("there is no image {} among {}", image, images()));
  return offsets_.const_data_ptr<int64_t>()[image];
}
int64_t Instances::size() const { return begin(images()); }

const Instances::Column* Instances::find(Key name) const {
  const auto it = std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name == name; });
  return it == columns_.end() ? nullptr : &*it;
}

const Instances::Column& Instances::require(Key name) const {
  if (const Column* column = find(name)) return *column;
  throw Error(fmt::format("the instances have no '{}'; they have: {}", name.name(), listed(columns_)));
}

const at::Tensor& Instances::tensor(Key name) const {
  if (const auto* values = std::get_if<at::Tensor>(&require(name).values)) return *values;
  throw Error(fmt::format("'{}' of the instances is a list of one value per image, not a tensor", name.name()));
}

const std::vector<State>& Instances::list(Key name) const {
  if (const auto* values = std::get_if<std::vector<State>>(&require(name).values)) return *values;
  throw Error(fmt::format("'{}' of the instances is a tensor, not a list of one value per image", name.name()));
}

void Instances::put(Key name, Column column) {
  for (Column& held : columns_)
    if (held.name == name) {
      held = std::move(column);
      return;
    }
  columns_.push_back(std::move(column));
}

void Instances::set(Key name, at::Tensor values) {
  if (!values.defined()) throw Error(fmt::format("'{}' of the instances is an undefined tensor", name.name()));
  const int64_t rows = values.dim() == 0 ? 0 : values.size(0);
  if (values.dim() == 0 || rows != size())
    throw Error(fmt::format("'{}' has {} rows for {} instances", name.name(), rows, size()));
  put(name, {name, std::move(values)});
}

void Instances::set_list(Key name, std::vector<State> values) {
  if (static_cast<int64_t>(values.size()) != images())
    throw Error(
        fmt::format("'{}' has values of {} images, the instances are of {}", name.name(), values.size(), images()));
  for (int64_t i = 0; i < images(); ++i)
    if (const int64_t rows = row_count(values[static_cast<size_t>(i)]); rows != end(i) - begin(i))
      throw Error(
          fmt::format("'{}' has {} rows for the {} instances of image {}", name.name(), rows, end(i) - begin(i), i));
  put(name, {name, std::move(values)});
}

Instances Instances::select(const at::Tensor& chosen) const {
  if (!chosen.defined()) throw Error("instances are chosen by an undefined tensor");
  at::Tensor places;
  if (chosen.scalar_type() == at::kBool && chosen.dim() == 1) {
    if (chosen.size(0) != size())
      throw Error(fmt::format("a mask of {} elements can't choose from {} instances", chosen.size(0), size()));
    places = at::nonzero(chosen.cpu()).select(1, 0).contiguous();
  } else if (chosen.scalar_type() == at::kLong && chosen.dim() == 1) {
    places = chosen.cpu().contiguous();
    places = at::where(places.lt(0).logical_and(places.ge(-size())), places.add(size()), places);
  } else {
    throw Error(
        fmt::format("instances are chosen by a mask (n) of bool or places (k) of int64, not {} dimensions of {}",
                    chosen.dim(), c10::toString(chosen.scalar_type())));
  }
  const int64_t* const given = places.const_data_ptr<int64_t>();
  const int64_t* const offsets = offsets_.const_data_ptr<int64_t>();
  std::vector<std::vector<int64_t>> of_image(static_cast<size_t>(images()));  // places within each image
  for (int64_t i = 0; i < places.numel(); ++i) {
    if (given[i] < 0 || given[i] >= size())
      throw Error(fmt::format("there is no instance {} among {}", given[i], size()));
    const auto image = std::upper_bound(offsets, offsets + images() + 1, given[i]) - offsets - 1;
    of_image[static_cast<size_t>(image)].push_back(given[i] - offsets[image]);
  }
  std::vector<int64_t> counts;
  at::Tensor sorted = at::empty({places.numel()}, at::kLong);
  int64_t* out = sorted.mutable_data_ptr<int64_t>();
  for (int64_t image = 0; image < images(); ++image) {
    const auto& own = of_image[static_cast<size_t>(image)];
    counts.push_back(static_cast<int64_t>(own.size()));
    for (const int64_t place : own) *out++ = place + offsets[image];
  }
  Instances result = of_images(counts);
  for (const Column& column : columns_) {
    if (const auto* values = std::get_if<at::Tensor>(&column.values)) {
      result.columns_.push_back({column.name, values->index_select(0, sorted.to(values->device()))});
      continue;
    }
    std::vector<State> lists;
    for (int64_t image = 0; image < images(); ++image) {
      const at::Tensor own =
          sorted.narrow(0, result.begin(image), counts[static_cast<size_t>(image)]).sub(begin(image));
      lists.push_back(selected_rows(std::get<std::vector<State>>(column.values)[static_cast<size_t>(image)], own));
    }
    result.columns_.push_back({column.name, std::move(lists)});
  }
  return result;
}

Instances Instances::slice(const Slice& chosen) const {
  const auto [start, count, step] = chosen.within(size());
  const int64_t end = start + count * step;
  if (images() != 1) return select(at::arange(start, end, step, at::kLong));
  Instances result = of_images({&count, 1});
  for (const Column& column : columns_) {
    if (const auto* values = std::get_if<at::Tensor>(&column.values)) {
      result.columns_.push_back({column.name, values->slice(0, start, end, step)});
      continue;
    }
    const State& rows = std::get<std::vector<State>>(column.values)[0];
    result.columns_.push_back(
        {column.name, std::vector{rows.is_tensor() ? State(rows.tensor().slice(0, start, end, step))
                                                   : selected_rows(rows, at::arange(start, end, step, at::kLong))}});
  }
  return result;
}

Instances Instances::converted(const TensorConversion& conversion) const {
  Instances result = *this;
  for (Column& column : result.columns_) {
    if (auto* const values = std::get_if<at::Tensor>(&column.values)) *values = conversion(*values);
    else
      for (State& rows : std::get<std::vector<State>>(column.values)) rows = millrace::converted(rows, conversion);
  }
  return result;
}

Instances Instances::row(int64_t image) const {
  if (image < 0 || image >= images()) throw Error(fmt::format("there is no image {} among {}", image, images()));
  const int64_t count = end(image) - begin(image);
  Instances result = of_images({&count, 1});
  for (const Column& column : columns_) {
    if (const auto* values = std::get_if<at::Tensor>(&column.values))
      result.columns_.push_back({column.name, values->narrow(0, begin(image), count)});
    else
      result.columns_.push_back(
          {column.name, std::vector{std::get<std::vector<State>>(column.values)[static_cast<size_t>(image)]}});
  }
  return result;
}

Instances Instances::cat(std::span<const Instances> parts) {
  if (parts.empty()) throw Error("no instances to put together");
  const Instances& first = parts[0];
  if (parts.size() == 1) return first;
  std::vector<int64_t> counts(static_cast<size_t>(first.images()));
  for (const Instances& part : parts) {
    if (part.images() != first.images())
      throw Error(fmt::format("instances of {} and of {} images can't be put together", first.images(), part.images()));
    if (part.columns_.size() != first.columns_.size() ||
        !std::all_of(first.columns_.begin(), first.columns_.end(), [&](const Column& c) { return part.has(c.name); }))
      throw Error(fmt::format("instances with {} and with {} can't be put together", listed(first.columns_),
                              listed(part.columns_)));
    for (size_t i = 0; i < counts.size(); ++i)
      counts[i] += part.end(static_cast<int64_t>(i)) - part.begin(static_cast<int64_t>(i));
  }
  Instances result = of_images(counts);
  for (const Column& column : first.columns_) {
    if (std::holds_alternative<at::Tensor>(column.values)) {
      std::vector<at::Tensor> pieces;
      for (int64_t image = 0; image < first.images(); ++image)
        for (const Instances& part : parts)
          pieces.push_back(part.tensor(column.name).narrow(0, part.begin(image), part.end(image) - part.begin(image)));
      result.columns_.push_back({column.name, pieces.empty() ? first.tensor(column.name) : at::cat(pieces)});
      continue;
    }
    std::vector<State> lists;
    for (size_t image = 0; image < counts.size(); ++image) {
      std::vector<const State*> pieces;
      for (const Instances& part : parts) pieces.push_back(&part.list(column.name)[image]);
      lists.push_back(joined_rows(pieces));
    }
    result.columns_.push_back({column.name, std::move(lists)});
  }
  return result;
}

}  // namespace millrace
