#include "millrace/zoo/classification/models/pair_mix.h"

#include <ATen/ops/lerp.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {

namespace {

/// Fisher and Yates.
at::Tensor random_order(int64_t rows, Rng& rng) {
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = rows - 1; i > 0; --i)
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(rng.integer(0, i))]);
  return at::tensor(order, at::kLong);
}

void check_form(const at::Tensor& images, const at::Tensor& scores) {
  if (images.dim() != 4 || !images.is_floating_point())
    throw Error(fmt::format("a batch is mixed as floats (N, C, H, W), `inputs` is {} ({})",
                            c10::toString(images.scalar_type()), fmt::join(images.sizes(), ", ")));
  if (scores.dim() != 2)
    throw Error(fmt::format("labels are mixed as scores (N, K), gt_score is ({})", fmt::join(scores.sizes(), ", ")));
}

at::Tensor part_of(const at::Tensor& images, const Patch& patch) {
  return images.narrow(2, patch.top, patch.bottom - patch.top).narrow(3, patch.left, patch.right - patch.left);
}

}  // namespace

void PairMix::apply(Batch& batch, Rng& rng) const {
  const at::Tensor images = batch.tensor(keys::inputs);
  check_form(images, batch.tensor(keys::gt_score));
  const at::Tensor scores = batch.tensor(keys::gt_score).to(at::kFloat);
  const at::Tensor partner = random_order(images.size(0), rng).to(images.device());
  const Mixed mixed = mix(images, partner, rng);
  batch.set(keys::inputs, Dense{mixed.images});
  batch.set(keys::gt_score, Dense{scores.lerp(scores.index_select(0, partner), 1 - mixed.lam)});
}

Patch patch_at(int64_t height, int64_t width, double lam, int64_t y, int64_t x) {
  const double ratio = std::sqrt(1 - lam);
  const auto half = [&](int64_t size) { return static_cast<int64_t>(static_cast<double>(size) * ratio) / 2; };
  const auto cut = [](int64_t at, int64_t size) { return std::clamp<int64_t>(at, 0, size); };
  return {cut(y - half(height), height), cut(y + half(height), height), cut(x - half(width), width),
          cut(x + half(width), width)};
}

double share_outside(const Patch& patch, int64_t height, int64_t width) {
  const int64_t area = (patch.bottom - patch.top) * (patch.right - patch.left);
  return 1 - static_cast<double>(area) / static_cast<double>(height * width);
}

at::Tensor with_patch_of(const at::Tensor& images, const at::Tensor& others, const Patch& patch) {
  at::Tensor mixed = images.clone();
  part_of(mixed, patch).copy_(part_of(others, patch));
  return mixed;
}

at::Tensor with_resized(const at::Tensor& images, const at::Tensor& others, const Patch& patch, Interpolation method) {
  if (patch.is_empty()) return images;
  const at::IntArrayRef::value_type size[] = {patch.bottom - patch.top, patch.right - patch.left};
  at::Tensor mixed = images.clone();
  part_of(mixed, patch)
      .copy_(method == Interpolation::bilinear
                 ? at::upsample_bilinear2d(others, at::IntArrayRef(size), /*align_corners=*/false)
                 : at::upsample_bicubic2d(others, at::IntArrayRef(size), /*align_corners=*/false));
  return mixed;
}

}  // namespace millrace::classification
