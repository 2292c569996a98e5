#include "millrace/data/geometry/axis_map.h"

#include <algorithm>

#include "millrace/base/error.h"

namespace millrace {

namespace {

/// The place within 0 … size-1 that a place beyond it shows.
int64_t folded(int64_t place, int64_t size, PaddingMode mode) {
  if (mode == PaddingMode::edge || size == 1) return std::clamp<int64_t>(place, 0, size - 1);
  const bool reflect = mode == PaddingMode::reflect;
  const int64_t period = reflect ? 2 * size - 2 : 2 * size;
  place = (place % period + period) % period;
  return place < size ? place : reflect ? period - place : period - 1 - place;
}

}  // namespace

AxisMap::AxisMap(int64_t size, std::span<const int64_t> sources)
    : input_(size),
      inner_(static_cast<int64_t>(sources.size())),
      table_(sources.begin(), sources.end()),
      scale_(static_cast<double>(sources.size()) / static_cast<double>(size)) {}

AxisMap AxisMap::padded(int64_t before, int64_t after, PaddingMode mode) const {
  MILLRACE_ASSERT(before >= 0 && after >= 0, "padding takes nothing away");
  AxisMap map = *this;
  map.before_ += before;
  map.after_ += after;
  map.offset_ += static_cast<double>(before);
  const bool is_constant = mode == PaddingMode::constant || size() == 0;
  if (before + after == 0 || (is_constant && table_.empty())) return map;
  const auto own = sources();
  map.table_.clear();
  map.table_.reserve(static_cast<size_t>(map.size()));
  const auto add_border = [&](int64_t begin, int64_t end) {
    for (int64_t place = begin; place < end; ++place)
      map.table_.push_back(is_constant ? -1 : own[static_cast<size_t>(folded(place, size(), mode))]);
  };
  add_border(-before, 0);
  map.table_.insert(map.table_.end(), own.begin(), own.end());
  add_border(size(), size() + after);
  return map;
}

AxisMap AxisMap::window(int64_t begin, int64_t length) const {
  MILLRACE_ASSERT(begin >= 0 && length >= 0 && begin + length <= size(), "a window beyond its axis");
  const int64_t inner_from = std::clamp<int64_t>(inner_begin() - begin, 0, length);
  const int64_t inner_to = std::clamp<int64_t>(inner_end() - begin, inner_from, length);
  AxisMap map;
  map.input_ = input_;
  map.before_ = inner_from;
  map.inner_ = inner_to - inner_from;
  map.after_ = length - inner_to;
  map.first_ = first_ + step_ * std::max<int64_t>(begin - inner_begin(), 0);
  map.step_ = step_;
  if (!table_.empty()) map.table_.assign(table_.begin() + begin, table_.begin() + begin + length);
  map.scale_ = scale_;
  map.offset_ = offset_ - static_cast<double>(begin);
  return map;
}

AxisMap AxisMap::mirrored() const {
  AxisMap map;
  map.input_ = input_;
  map.before_ = after_;
  map.inner_ = inner_;
  map.after_ = before_;
  map.first_ = first_ + step_ * (inner_ - 1);
  map.step_ = -step_;
  map.table_.assign(table_.rbegin(), table_.rend());
  map.scale_ = -scale_;
  map.offset_ = static_cast<double>(size()) - offset_;
  return map;
}

AxisMap AxisMap::then(const AxisMap& next) const {
  MILLRACE_ASSERT(next.input_ == size(), "a map of another axis follows");
  if (table_.empty() && next.table_.empty()) {
    const int64_t lowest = next.step_ > 0 ? next.first_ : next.first_ - next.inner_ + 1;
    const AxisMap part = window(next.inner_ > 0 ? lowest : 0, next.inner_);
    return (next.step_ > 0 ? part : part.mirrored()).padded(next.before_, next.after_, PaddingMode::constant);
  }
  const auto own = sources(), places = next.sources();
  AxisMap map;
  map.input_ = input_;
  map.table_.reserve(places.size());
  for (const int32_t place : places) map.table_.push_back(place < 0 ? -1 : own[static_cast<size_t>(place)]);
  const auto is_inner = [&](int64_t place) {
    const int64_t between = places[static_cast<size_t>(place)];
    return between >= inner_begin() && between < inner_end();
  };
  int64_t begin = next.inner_begin(), end = next.inner_end();
  while (begin < end && !is_inner(begin)) ++begin;
  while (end > begin && !is_inner(end - 1)) --end;
  map.before_ = begin;
  map.inner_ = end - begin;
  map.after_ = next.size() - end;
  map.scale_ = next.scale_ * scale_;
  map.offset_ = next.scale_ * offset_ + next.offset_;
  return map;
}

c10::SmallVector<int32_t, 64> AxisMap::sources() const {
  if (!table_.empty()) return {table_.begin(), table_.end()};
  c10::SmallVector<int32_t, 64> sources(static_cast<size_t>(size()), -1);
  for (int64_t i = 0; i < inner_; ++i)
    sources[static_cast<size_t>(before_ + i)] = static_cast<int32_t>(first_ + step_ * i);
  return sources;
}

bool AxisMap::has_fill() const {
  if (table_.empty()) return before_ + after_ > 0;
  return std::find(table_.begin(), table_.end(), -1) != table_.end();
}

int64_t AxisMap::window_begin() const {
  if (inner_ == 0 || inner_ != size() || scale_ != 1) return -1;
  if (table_.empty()) return first_;
  if (table_[0] < 0) return -1;
  for (size_t i = 1; i < table_.size(); ++i)
    if (table_[i] != table_[i - 1] + 1) return -1;
  return table_[0];
}

}  // namespace millrace
