#include "millrace/data/geometry/axis_map.h"

#include <algorithm>
#include <numeric>

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

AxisMap::AxisMap(int64_t size) : sources_(static_cast<size_t>(size)), inner_end_(size) {
  std::iota(sources_.begin(), sources_.end(), 0);
}

AxisMap::AxisMap(int64_t size, std::span<const int64_t> sources)
    : inner_end_(static_cast<int64_t>(sources.size())),
      scale_(static_cast<double>(sources.size()) / static_cast<double>(size)) {
  sources_.reserve(sources.size());
  for (const int64_t place : sources) sources_.push_back(static_cast<int32_t>(place));
}

AxisMap AxisMap::padded(int64_t before, int64_t after, PaddingMode mode) const {
  MILLRACE_ASSERT(before >= 0 && after >= 0, "padding takes nothing away");
  AxisMap map;
  map.sources_.reserve(static_cast<size_t>(before + size() + after));
  const bool is_constant = mode == PaddingMode::constant || size() == 0;
  const auto add_border = [&](int64_t begin, int64_t end) {
    if (is_constant) return map.sources_.append(static_cast<size_t>(end - begin), -1);
    for (int64_t place = begin; place < end; ++place)
      map.sources_.push_back(sources_[static_cast<size_t>(folded(place, size(), mode))]);
  };
  add_border(-before, 0);
  map.sources_.append(sources_.begin(), sources_.end());
  add_border(size(), size() + after);
  map.inner_begin_ = inner_begin_ + before;
  map.inner_end_ = inner_end_ + before;
  map.scale_ = scale_;
  map.offset_ = offset_ + static_cast<double>(before);
  map.has_fill_ = has_fill_ || (is_constant && before + after > 0);
  return map;
}

AxisMap AxisMap::window(int64_t begin, int64_t length) const {
  MILLRACE_ASSERT(begin >= 0 && length >= 0 && begin + length <= size(), "a window beyond its axis");
  AxisMap map;
  map.sources_.append(sources_.begin() + begin, sources_.begin() + begin + length);
  map.inner_begin_ = std::clamp<int64_t>(inner_begin_ - begin, 0, length);
  map.inner_end_ = std::clamp<int64_t>(inner_end_ - begin, map.inner_begin_, length);
  map.scale_ = scale_;
  map.offset_ = offset_ - static_cast<double>(begin);
  map.has_fill_ = has_fill_ && std::find(map.sources_.begin(), map.sources_.end(), -1) != map.sources_.end();
  return map;
}

AxisMap AxisMap::mirrored() const {
  AxisMap map;
  map.sources_.append(sources_.rbegin(), sources_.rend());
  map.inner_begin_ = size() - inner_end_;
  map.inner_end_ = size() - inner_begin_;
  map.scale_ = -scale_;
  map.offset_ = static_cast<double>(size()) - offset_;
  map.has_fill_ = has_fill_;
  return map;
}

AxisMap AxisMap::then(const AxisMap& next) const {
  AxisMap map;
  map.sources_.reserve(next.sources_.size());
  for (const int32_t place : next.sources_) {
    map.sources_.push_back(place < 0 ? -1 : sources_[static_cast<size_t>(place)]);
    map.has_fill_ |= map.sources_.back() < 0;
  }
  const auto is_inner = [&](int64_t place) {
    const int64_t between = next.sources_[static_cast<size_t>(place)];
    return between >= inner_begin_ && between < inner_end_;
  };
  map.inner_begin_ = next.inner_begin_;
  map.inner_end_ = next.inner_end_;
  while (map.inner_begin_ < map.inner_end_ && !is_inner(map.inner_begin_)) ++map.inner_begin_;
  while (map.inner_end_ > map.inner_begin_ && !is_inner(map.inner_end_ - 1)) --map.inner_end_;
  map.scale_ = next.scale_ * scale_;
  map.offset_ = next.scale_ * offset_ + next.offset_;
  return map;
}

int64_t AxisMap::window_begin() const {
  if (sources_.empty() || has_fill_) return -1;
  for (size_t i = 1; i < sources_.size(); ++i)
    if (sources_[i] != sources_[i - 1] + 1) return -1;
  return sources_[0];
}

}  // namespace millrace
