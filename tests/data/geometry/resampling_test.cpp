#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/data/geometry/bilinear_part.h"
#include "millrace/data/geometry/pixel_copy.h"
#include "millrace/data/geometry/pixel_warp.h"
#include "millrace/data/imaging.h"
#include "millrace/data/pillow_resize.h"
#include "millrace/tensor/rng.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using BilinearPartTest = NeedsImaging;
using NearestWarpTest = NeedsImaging;

at::Tensor noise(Rng& rng, const std::array<int64_t, 3>& shape) {
  at::Tensor image = at::zeros(shape, at::kByte);
  for (int64_t i = 0; i < image.numel(); ++i) image.mutable_data_ptr<uint8_t>()[i] = static_cast<uint8_t>(rng.bits());
  return image;
}

AxisMap some_part(Rng& rng, int64_t size) {
  const int64_t begin = rng.integer(0, size - 1);
  AxisMap map = AxisMap(size).window(begin, rng.integer(1, size - begin));
  if (rng.uniform() < 0.5) map = map.mirrored();
  if (rng.uniform() < 0.3) {
    const int64_t before = rng.integer(0, 3), after = rng.integer(0, 3);
    map = map.padded(before, after, PaddingMode::constant);
  }
  return map;
}

TEST_F(BilinearPartTest, IsPartOfWhatOpenCVMakes) {
  for (uint64_t draw = 0; draw < 400; ++draw) {
    Rng rng(0, Mode::train, draw);
    const int64_t channels = std::array<int64_t, 4>{1, 2, 3, 4}[static_cast<size_t>(rng.integer(0, 3))];
    const at::Tensor image = noise(rng, {rng.integer(1, 40), rng.integer(1, 40), channels});
    // A window, so that rows have more bytes than are theirs.
    const int64_t top = rng.integer(0, image.size(0) - 1), left = rng.integer(0, image.size(1) - 1);
    const at::Tensor window =
        image.narrow(0, top, rng.integer(1, image.size(0) - top)).narrow(1, left, rng.integer(1, image.size(1) - left));
    const ImageSize to{rng.integer(1, 70), rng.integer(1, 70)};
    const Resampling resampling{.from = {0, 0, window.size(0), window.size(1)}, .to = to};
    if (!has_bilinear_part(window, resampling)) continue;
    const AxisMap rows = some_part(rng, to.height), columns = some_part(rng, to.width);
    const double fill[] = {5};
    EXPECT_THAT(bilinear_part(window, to, rows, columns, fill),
                SameTensor(remapped(imaging().resized(window, to.height, to.width, Interpolation::bilinear), rows,
                                    columns, fill)))
        << draw << ": " << window.sizes() << " to " << to.height << ", " << to.width;
  }
}

TEST(PillowPart, IsPartOfWhatPillowMakes) {
  for (uint64_t draw = 0; draw < 200; ++draw) {
    Rng rng(2, Mode::train, draw);
    const at::Tensor image = noise(rng, {rng.integer(1, 40), rng.integer(1, 40), rng.integer(1, 4)});
    const ImageSize to{draw % 5 == 0 ? image.size(0) : rng.integer(1, 70),
                       draw % 7 == 0 ? image.size(1) : rng.integer(1, 70)};
    const AxisMap rows = some_part(rng, to.height), columns = some_part(rng, to.width);
    const double fill[] = {5};
    for (const Interpolation way : {Interpolation::bilinear, Interpolation::bicubic, Interpolation::nearest})
      EXPECT_THAT(pillow_part(image, to, way, rows, columns, fill),
                  SameTensor(remapped(pillow_resized(image, to.height, to.width, way), rows, columns, fill)))
          << draw << ": " << image.sizes() << " to " << to.height << ", " << to.width;
  }
}

TEST(BilinearPart, LeavesHalvingToOpenCV) {
  const at::Tensor image = at::zeros({8, 6, 3}, at::kByte);
  EXPECT_FALSE(has_bilinear_part(image, {.from = {0, 0, 8, 6}, .to = {4, 3}}));
  EXPECT_TRUE(has_bilinear_part(image, {.from = {0, 0, 8, 6}, .to = {4, 4}}));
}

TEST_F(NearestWarpTest, TakesThePixelsThatOpenCVTakes) {
  for (uint64_t draw = 0; draw < 200; ++draw) {
    Rng rng(1, Mode::train, draw);
    const at::Tensor image = noise(rng, {rng.integer(1, 30), rng.integer(1, 30), 3});
    Warp warp{.matrix = {rng.uniform(-2, 2), rng.uniform(-2, 2), rng.uniform(-10, 30), rng.uniform(-2, 2),
                         rng.uniform(-2, 2), rng.uniform(-10, 30), 0, 0, 1},
              .to = {rng.integer(1, 40), rng.integer(1, 40)},
              .interpolation = Interpolation::nearest};
    if (draw % 2 == 1) warp.matrix[6] = rng.uniform(-0.01, 0.01), warp.matrix[7] = rng.uniform(-0.01, 0.01);
    const double fill[] = {7};
    // of_indices, by hand: T(-1/2) · m · T(1/2).
    const auto& m = warp.matrix;
    const double x = m[2] + (m[0] + m[1]) / 2, y = m[5] + (m[3] + m[4]) / 2, w = m[8] + (m[6] + m[7]) / 2;
    const std::array<double, 9> indices = {
        m[0] - m[6] / 2, m[1] - m[7] / 2, x - w / 2, m[3] - m[6] / 2, m[4] - m[7] / 2, y - w / 2, m[6], m[7], w};
    const at::Tensor expected =
        imaging().warped(image, indices, warp.to.height, warp.to.width, Interpolation::nearest, fill);
    const at::Tensor given = warped(image, warp, fill);
    // OpenCV adds up projective coordinates in blocks: a place just between two pixels may go either way.
    const double differing = given.ne(expected).any(2).sum().item<double>();
    EXPECT_LE(differing, draw % 2 == 1 ? 1 : 0) << draw;
  }
}

}  // namespace
}  // namespace millrace
