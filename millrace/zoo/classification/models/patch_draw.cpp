#include "millrace/zoo/classification/models/patch_draw.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::classification {

namespace {

/// A random part of one axis: [begin, end).
std::pair<int64_t, int64_t> part_of_axis(int64_t size, const std::pair<double, double>& minmax, Rng& rng) {
  const auto share = [&](double of_size) { return static_cast<int64_t>(static_cast<double>(size) * of_size); };
  const int64_t least = share(minmax.first);
  const int64_t length = rng.integer(least, std::max(least, share(minmax.second) - 1));  // numpy's: without the end
  const int64_t begin = rng.integer(0, std::max<int64_t>(0, size - length - 1));
  return {begin, begin + length};
}

}  // namespace

void PatchOptions::check(const PatchOptions& options, Complaints& complaints) {
  const auto& minmax = options.cutmix_minmax;
  if (minmax && minmax->first > minmax->second)
    complaints.add("cutmix_minmax", fmt::format("{}.cutmix_minmax is (smallest, largest), got ({}, {})",
                                                complaints.owner(), minmax->first, minmax->second));
}

DrawnPatch draw_patch(const PatchOptions& options, double lam, int64_t height, int64_t width, Rng& rng) {
  Patch patch{};
  if (options.cutmix_minmax) {
    const auto [top, bottom] = part_of_axis(height, *options.cutmix_minmax, rng);
    const auto [left, right] = part_of_axis(width, *options.cutmix_minmax, rng);
    patch = {top, bottom, left, right};
  } else {
    const int64_t y = rng.integer(0, height - 1);
    patch = patch_at(height, width, lam, y, rng.integer(0, width - 1));
  }
  const bool corrects = options.correct_lam || options.cutmix_minmax;
  return {patch, corrects ? share_outside(patch, height, width) : lam};
}

}  // namespace millrace::classification
