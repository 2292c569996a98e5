#include "millrace/structures/slice.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"

namespace millrace {
namespace {

/// A border of a stretch: from the end if negative, and cut.
int64_t border_within(int64_t border, int64_t size) {
  return std::clamp<int64_t>(border < 0 ? border + size : border, 0, size);
}

}  // namespace

Slice::Places Slice::within(int64_t size) const {
  if (is_one_) {
    if (*start_ >= size || *start_ < -size) throw Error(fmt::format("there is no place {} among {}", *start_, size));
    return {*start_ < 0 ? *start_ + size : *start_, 1, 1};
  }
  if (step_ < 1) throw Error(fmt::format("the step of a slice must be at least 1, got {}", step_));
  const int64_t start = border_within(start_.value_or(0), size);
  const int64_t length = std::max<int64_t>(border_within(stop_.value_or(size), size) - start, 0);
  return {start, length / step_ + (length % step_ > 0), step_};
}

}  // namespace millrace
