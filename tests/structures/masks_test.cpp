#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/base/error.h"
#include "millrace/structures/masks.h"
#include "millrace/tensor/rng.h"
#include "tests/support/all_close.h"
#include "tests/support/places.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

json golden() {
  std::ifstream file(source_path("/tests/structures/masks.json"));  // by make_masks.py
  return json::parse(file);
}

at::Tensor bitmap_of(const std::vector<std::string>& rows) {
  at::Tensor bitmap = at::zeros({static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size())}, at::kByte);
  for (size_t y = 0; y < rows.size(); ++y)
    for (size_t x = 0; x < rows[y].size(); ++x)
      bitmap.mutable_data_ptr<uint8_t>()[y * rows[0].size() + x] = rows[y][x] == '1';
  return bitmap;
}

at::Tensor noise(int64_t height, int64_t width, uint64_t seed) {
  Rng rng(seed, Mode::train, 0);
  at::Tensor bitmap = at::zeros({height, width}, at::kByte);
  for (int64_t i = 0; i < bitmap.numel(); ++i) bitmap.mutable_data_ptr<uint8_t>()[i] = rng.uniform() < 0.6;
  return bitmap;
}

TEST(Rle, IsThatOfPycocotools) {
  for (const json& mask : golden()["masks"]) {
    const at::Tensor bitmap = bitmap_of(mask["rows"]);
    const Rle rle = Rle::encode(bitmap);
    EXPECT_EQ(rle.counts(), mask["counts"].get<std::vector<uint32_t>>());
    EXPECT_EQ(rle.compressed(), mask["compressed"]);
    EXPECT_EQ(rle.area(), mask["area"]);
    const auto box = mask["box"].get<std::array<int64_t, 4>>();
    EXPECT_EQ(rle.box(), box);
    const Rle read = Rle::decompress(bitmap.size(0), bitmap.size(1), mask["compressed"].get<std::string>());
    EXPECT_EQ(read.counts(), rle.counts());
    EXPECT_THAT(read.decode(), SameTensor(bitmap));
  }
}

TEST(Rle, IsReadFromAllThreeFormsOfCoco) {
  const Rle rle = Rle::encode(noise(5, 6, 0));
  State counts = State::list();
  for (const uint32_t count : rle.counts()) counts.push_back(count);
  const State size = State::list({5, 6});
  for (const State& form : {State(counts), State(rle.compressed()), State(State::Bytes{rle.compressed()})})
    EXPECT_EQ(Rle::from(State::dict({{"size", size}, {"counts", form}})).counts(), rle.counts());
  EXPECT_EQ(Rle::from(rle.to_state()).counts(), rle.counts());
}

TEST(Rle, UnitesWhatIsSetInAny) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const at::Tensor a = noise(7, 5, seed), b = noise(7, 5, seed + 100), c = noise(7, 5, seed + 200);
    const Rle united = Rle::unite(std::vector{Rle::encode(a), Rle::encode(b), Rle::encode(c)});
    EXPECT_THAT(united.decode(), SameTensor(a.bitwise_or(b).bitwise_or(c)));
    EXPECT_EQ(united.counts(), Rle::encode(united.decode()).counts());
  }
  EXPECT_THAT(
      [] {
        (void)Rle::unite(std::vector{Rle(2, 3), Rle(3, 2)});
      },
      ThrowsMessage<Error>("masks of 3x2 and of 2x3 can't be united"));
}

TEST(Rle, RefusesWhatIsHostile) {
  const auto read = [](int64_t height, int64_t width, const State& counts) {
    return [=] { Rle::from(State::dict({{"size", State::list({height, width})}, {"counts", counts}})); };
  };
  EXPECT_THAT(read(2, 2, State::list({3})), ThrowsMessage<Error>("the counts of a mask of 2x2 add up to 3, not 4"));
  EXPECT_THAT(read(2, 2, State::list({-1, 5})), ThrowsMessage<Error>("a mask has a run of -1 pixels"));
  EXPECT_THAT(read(1 << 20, 1 << 20, State::list({1})), ThrowsMessage<Error>(HasSubstr("at most 128 million pixels")));
  EXPECT_THAT(read(-1, 2, State::list({0})), ThrowsMessage<Error>(HasSubstr("a mask of 2x-1")));
  EXPECT_THAT(read(2, 2, "P"), ThrowsMessage<Error>("the counts of a mask end within a number"));
  EXPECT_THAT(read(2, 2, "4 "), ThrowsMessage<Error>("character 1 in the counts of a mask is invalid"));
  EXPECT_THAT(read(2, 2, "PPPPPPPPP1"), ThrowsMessage<Error>("a mask has a run of more than 32 bits"));
  EXPECT_THAT(read(2, 2, "O5"), ThrowsMessage<Error>("a mask has a run of -1 pixels"));
  EXPECT_THAT(
      [] {
        Rle::from(State::dict({{"size", 3}}));
      },
      ThrowsMessage<Error>("a mask is a dict of size (h, w) and counts, not dict"));
  EXPECT_THAT(
      [] {
        Rle::encode(at::ones({2, 2}));
      },
      ThrowsMessage<Error>("a bitmap is (H, W) of bool or uint8, on the CPU"));
}

TEST(PolygonMask, IsFilledAsByPycocotools) {
  for (const json& mask : golden()["polygons"]) {
    State parts = State::list();
    for (const json& part : mask["polygons"]) {
      State numbers = State::list();
      for (const double number : part) numbers.push_back(number);
      parts.push_back(numbers);
    }
    const Rle rle = PolygonMask::from(parts).rasterize(mask["height"], mask["width"]);
    EXPECT_EQ(rle.compressed(), mask["compressed"]) << mask["polygons"];
    EXPECT_EQ(rle.area(), mask["area"]);
    const auto box = mask["box"].get<std::array<int64_t, 4>>();
    EXPECT_EQ(rle.box(), box);
  }
}

TEST(PolygonMask, HasAreaAndBox) {
  const PolygonMask mask({{{1, 1}, {4, 1}, {1, 5}}, {{6, 2}, {8, 2}, {8, 3}, {6, 3}}});
  EXPECT_THAT(mask.area(), DoubleEq(6 + 2));
  EXPECT_THAT(mask.box(), ElementsAre(1, 1, 8, 5));
  EXPECT_THAT(PolygonMask().box(), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(PolygonMask({{{1, 1}, {2, 2}}}).rasterize(4, 4).area(), 0);
}

TEST(PolygonMask, IsClippedToTheImage) {
  const PolygonMask mask({{{-2, -2}, {4, -2}, {4, 4}, {-2, 4}}, {{20, 20}, {30, 20}, {30, 30}}});
  const PolygonMask part = mask.clipped(10, 3);
  ASSERT_EQ(part.polygons().size(), 1);
  EXPECT_THAT(part.area(), DoubleEq(12));
  EXPECT_THAT(part.box(), ElementsAre(0, 0, 4, 3));
}

TEST(PolygonMask, OutlinesABitmapAlongItsPixels) {
  const at::Tensor bitmap = bitmap_of({"0110", "0110", "1001", "0000"});
  const PolygonMask mask = PolygonMask::outline(bitmap);
  EXPECT_EQ(mask.polygons().size(), 3);  // corners do not join
  EXPECT_THAT(mask.area(), DoubleEq(6));
  EXPECT_THAT(mask.rasterize(4, 4).decode(), SameTensor(bitmap));
  EXPECT_THAT(PolygonMask::outline(bitmap_of({"111", "101", "111"})).area(), DoubleEq(9));  // a hole is filled
}

TEST(PolygonMask, FromAnOutlineIsTheBitmapAgain) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    // Rows of different lengths from the left have no holes.
    Rng rng(seed, Mode::train, 1);
    at::Tensor bitmap = at::zeros({9, 12}, at::kByte);
    for (int64_t y = 0; y < 9; ++y) bitmap.select(0, y).narrow(0, 0, rng.integer(0, 12)).fill_(1);
    EXPECT_THAT(PolygonMask::outline(bitmap).rasterize(9, 12).decode(), SameTensor(bitmap));
  }
}

TEST(PolygonMask, RefusesWhatIsHostile) {
  EXPECT_THAT([] { PolygonMask::from(3); }, ThrowsMessage<Error>("a mask is a list of polygons, not int"));
  EXPECT_THAT(
      [] {
        PolygonMask::from(State::list({State::list({1, 2, 3})}));
      },
      ThrowsMessage<Error>("a polygon of 3 numbers: x and y take turns"));
  EXPECT_THAT(
      [] {
        PolygonMask::from(State::list({State::list({0.0 / 0.0, 2.0})}));
      },
      ThrowsMessage<Error>("a polygon has a point that is not finite"));
  EXPECT_THAT([] { PolygonMask::from(State::list({at::ones({3})})); },
              ThrowsMessage<Error>("a polygon is a tensor (k, 2) on the CPU, or a list of x, y, x, y, …"));
  EXPECT_THAT(
      [] {
        (void)PolygonMask({{{0, 0}, {1e300, 0}, {0, 1e300}}}).rasterize(4, 4);
      },
      ThrowsMessage<Error>("a polygon is too long to be filled"));
}

/// Two masks of 6x4 in all forms: a block of 3x2 pixels, and one of which nothing is set.
std::vector<State> masks_of_all_forms() {
  at::Tensor bitmaps = at::zeros({2, 4, 6}, at::kByte);
  bitmaps.select(0, 0).narrow(0, 1, 2).narrow(1, 2, 3).fill_(1);
  const PolygonMask block({{{2, 1}, {5, 1}, {5, 3}, {2, 3}}});
  return {bitmaps, State::list({block.to_state(), State::list()}),
          State::list({Rle::encode(bitmaps[0]).to_state(), Rle::encode(bitmaps[1]).to_state()})};
}

TEST(Masks, OfAllFormsAreTheSame) {
  const std::vector<State> forms = masks_of_all_forms();
  for (const State& masks : forms) {
    EXPECT_THAT(masks_as_bitmaps(masks, 4, 6), SameTensor(forms[0].tensor()));
    EXPECT_TRUE(masks_as_run_lengths(masks, 4, 6).equals(forms[2]));
    EXPECT_THAT(mask_areas(masks), SameTensor(at::tensor({6.0, 0.0})));
    EXPECT_THAT(mask_boxes(masks), SameTensor(at::tensor({2.F, 1.F, 5.F, 3.F, 0.F, 0.F, 0.F, 0.F}).view({2, 4})));
    EXPECT_THAT(mask_areas(masks_as_polygons(masks)), SameTensor(at::tensor({6.0, 0.0})));
  }
  EXPECT_EQ(form_of_masks(State::list()), MaskForm::polygons);
}

TEST(Masks, RefuseWhatIsNoMask) {
  EXPECT_THAT([] { form_of_masks(3); },
              ThrowsMessage<Error>("masks are a tensor (N, H, W) or a list of polygons or run lengths, not int"));
  EXPECT_THAT(
      [] {
        form_of_masks(at::ones({2, 3}));
      },
      ThrowsMessage<Error>("bitmaps of instances are (N, H, W) of bool or uint8, on the CPU"));
  EXPECT_THAT([] { masks_as_bitmaps(masks_of_all_forms()[2], 6, 4); },
              ThrowsMessage<Error>("a mask of 6x4 does not fit an image of 4x6"));
}

}  // namespace
}  // namespace millrace
