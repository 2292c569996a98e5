#include "millrace/data/geometry/pixel_copy.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

std::vector<int32_t> sources_of(const AxisMap& map) {
  const auto sources = map.sources();
  return {sources.begin(), sources.end()};
}

// As numpy.pad and OpenCV's copyMakeBorder have them.
TEST(AxisMap, PadsInEveryMode) {
  EXPECT_THAT(sources_of(AxisMap(3).padded(2, 1, PaddingMode::constant)), ElementsAre(-1, -1, 0, 1, 2, -1));
  EXPECT_THAT(sources_of(AxisMap(3).padded(2, 1, PaddingMode::edge)), ElementsAre(0, 0, 0, 1, 2, 2));
  EXPECT_THAT(sources_of(AxisMap(3).padded(2, 1, PaddingMode::reflect)), ElementsAre(2, 1, 0, 1, 2, 1));
  EXPECT_THAT(sources_of(AxisMap(3).padded(2, 1, PaddingMode::symmetric)), ElementsAre(1, 0, 0, 1, 2, 2));
}

TEST(AxisMap, MirrorsMoreThanOnceWhereThePaddingIsLong) {
  EXPECT_THAT(sources_of(AxisMap(2).padded(3, 3, PaddingMode::reflect)), ElementsAre(1, 0, 1, 0, 1, 0, 1, 0));
  EXPECT_THAT(sources_of(AxisMap(2).padded(3, 3, PaddingMode::symmetric)), ElementsAre(1, 1, 0, 0, 1, 1, 0, 0));
  EXPECT_THAT(sources_of(AxisMap(1).padded(2, 1, PaddingMode::reflect)), ElementsAre(0, 0, 0, 0));
}

TEST(AxisMap, TakesWindowsAndMirrors) {
  EXPECT_THAT(sources_of(AxisMap(4).padded(1, 1, PaddingMode::constant).window(0, 3)), ElementsAre(-1, 0, 1));
  EXPECT_THAT(sources_of(AxisMap(3).mirrored()), ElementsAre(2, 1, 0));
}

TEST(AxisMap, KnowsWhereCoordinatesLand) {
  const AxisMap map = AxisMap(10).window(3, 5).mirrored().padded(2, 1, PaddingMode::edge);
  EXPECT_EQ(map.scale(), -1);
  EXPECT_EQ(map.offset(), 10);  // 3 -> 0 -> 5 -> 7
  EXPECT_EQ(map.inner_begin(), 2);
  EXPECT_EQ(map.inner_end(), 7);
  EXPECT_FALSE(map.has_fill());
  EXPECT_EQ(AxisMap(10).window(3, 5).window_begin(), 3);
  EXPECT_EQ(map.window_begin(), -1);
  // One place of a mirror or a padding, and three of a long reflection, are no window: what lies there is none of it.
  EXPECT_EQ(AxisMap(10).mirrored().window(3, 1).window_begin(), -1);
  EXPECT_EQ(AxisMap(3).padded(1, 0, PaddingMode::edge).window(0, 1).window_begin(), -1);
  EXPECT_EQ(AxisMap(3).padded(4, 0, PaddingMode::reflect).window(0, 3).window_begin(), -1);
}

TEST(AxisMap, ThenAnotherIsBothInOne) {
  const AxisMap first = AxisMap(5).padded(1, 2, PaddingMode::reflect).mirrored();
  const AxisMap second = AxisMap(8).window(1, 6).padded(1, 0, PaddingMode::constant);
  const AxisMap both = first.then(second);
  EXPECT_THAT(sources_of(first), ElementsAre(2, 3, 4, 3, 2, 1, 0, 1));
  EXPECT_THAT(sources_of(both), ElementsAre(-1, 3, 4, 3, 2, 1, 0));
  EXPECT_EQ(both.inner_begin(), 2);
  EXPECT_EQ(both.inner_end(), 7);
  EXPECT_EQ(both.scale(), -1);
  EXPECT_EQ(both.offset(), 7);  // place 0 ends at 7
  EXPECT_TRUE(both.has_fill());
}

TEST(Remapped, LeavesMasksUnsetInAPaddingOfAnyMode) {
  const at::Tensor mask = at::ones({2, 1, 2}, at::kByte);
  const at::Tensor out = remapped_bitmaps(mask, AxisMap(1), AxisMap(2).padded(1, 1, PaddingMode::edge).mirrored());
  EXPECT_THAT(out[1][0], SameTensor(at::tensor({0, 1, 1, 0}, at::kByte)));
}

TEST(Remapped, CopiesPixelsOfEverySize) {
  const double kFill[] = {7};
  const AxisMap rows = AxisMap(3).padded(1, 0, PaddingMode::constant), columns = AxisMap(4).mirrored();
  for (const at::ScalarType dtype : {at::kByte, at::kShort, at::kFloat, at::kDouble})
    for (const int64_t channels : {1, 2, 3, 5}) {
      const at::Tensor image = at::arange(12 * channels).view({3, 4, channels}).to(dtype);
      const at::Tensor out = remapped(image, rows, columns, kFill);
      EXPECT_THAT(out.narrow(0, 1, 3), SameTensor(image.flip({1})));
      EXPECT_THAT(out.select(0, 0), SameTensor(at::ones({4, channels}, dtype) * 7));
    }
}

TEST(Remapped, MirrorsRowsOfAnyLength) {
  const double kFill[] = {7};
  for (int64_t width = 1; width < 40; ++width)
    for (const int64_t channels : {1, 3, 4}) {
      const at::Tensor image = at::arange(2 * width * channels).remainder(251).view({2, width, channels}).to(at::kByte);
      EXPECT_THAT(remapped(image, AxisMap(2), AxisMap(width).mirrored(), kFill), SameTensor(image.flip({1}))) << width;
    }
}

TEST(Remapped, FillsEachChannelWithItsOwn) {
  const double kFill[] = {1, 2};
  const at::Tensor out =
      remapped(at::ones({1, 1, 2}, at::kByte) * 9, AxisMap(1), AxisMap(1).padded(1, 1, PaddingMode::constant), kFill);
  EXPECT_THAT(out, SameTensor(at::tensor({1, 2, 9, 9, 1, 2}, at::kByte).view({1, 3, 2})));
  EXPECT_THAT(
      [&] {
        remapped(at::ones({1, 1, 3}, at::kByte), AxisMap(1), AxisMap(1), kFill);
      },
      ThrowsMessage<Error>("2 numbers to fill in, for an image of 3 channels"));
}

}  // namespace
}  // namespace millrace
