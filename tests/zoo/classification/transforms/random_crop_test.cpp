#include "millrace/zoo/classification/transforms/random_crop.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/data/transforms/apply.h"
#include "tests/support/all_close.h"

namespace millrace::classification {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

at::Tensor cropped(const RandomCrop::Options& options, const at::Tensor& image, uint64_t ordinal = 0) {
  const Sample sample = applied(RandomCrop(options), with_image(image), ordinal);
  EXPECT_EQ(sample.find("img_shape"_key)->items()[1].integer(), sample.tensor(keys::img).size(1));
  return sample.tensor(keys::img);
}

TEST(RandomCrop, CutsEveryWindowEquallyOften) {
  const at::Tensor image = at::arange(12, at::kByte).view({3, 4, 1});
  std::map<int64_t, int> corners;
  for (uint64_t i = 0; i < 6000; ++i) {
    const at::Tensor window = cropped({.crop_size = std::array<int64_t, 2>{2, 2}}, image, i);
    const int64_t corner = window[0][0].item<int64_t>();
    EXPECT_THAT(window, SameTensor(image.narrow(0, corner / 4, 2).narrow(1, corner % 4, 2)));
    ++corners[corner];
  }
  EXPECT_EQ(corners.size(), 6);
  for (const auto& [corner, count] : corners) EXPECT_NEAR(count, 1000, 145);  // 5 standard errors
}

TEST(RandomCrop, PadsBeforeItCuts) {
  const at::Tensor image = at::ones({2, 2, 1}, at::kByte);
  int64_t least = 4, most = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const at::Tensor window = cropped({.crop_size = 2, .padding = 1, .pad_val = 0.0}, image, i);
    ASSERT_THAT(window.sizes(), ElementsAre(2, 2, 1));
    least = std::min(least, window.sum().item<int64_t>());
    most = std::max(most, window.sum().item<int64_t>());
  }
  EXPECT_EQ(least, 1);
  EXPECT_EQ(most, 4);
}

TEST(RandomCrop, TakesPaddingOfEachSide) {
  const at::Tensor image = at::ones({1, 1}, at::kByte);
  EXPECT_THAT(cropped({.crop_size = 9, .padding = {std::array<int64_t, 4>{1, 2, 0, 0}}, .pad_val = 5.0}, image),
              SameTensor(at::tensor({5, 5, 5, 5, 5, 1}, at::kByte).view({3, 2})));
  EXPECT_THAT(
      cropped({.crop_size = 9, .padding = {std::array<int64_t, 2>{1, 0}}, .padding_mode = PaddingMode::edge}, image),
      SameTensor(at::ones({1, 3}, at::kByte)));
}

TEST(RandomCrop, PadsWhatIsTooSmallIfAsked) {
  const at::Tensor image = at::ones({3, 6}, at::kByte);
  EXPECT_THAT(cropped({.crop_size = 5, .pad_if_needed = true}, image).sizes(), ElementsAre(5, 5));
  EXPECT_THAT(cropped({.crop_size = 5}, image).sizes(), ElementsAre(3, 5));
}

TEST(RandomCrop, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { RandomCrop({.crop_size = 0}); }, ThrowsMessage<Error>("crop_size must be at least 1, got 0"));
  EXPECT_THAT([] { RandomCrop({.crop_size = 4, .padding = -1}); },
              ThrowsMessage<Error>("padding must be at least 0, got -1"));
  EXPECT_THAT(
      [] {
        cropped({.crop_size = 4, .padding = 1, .pad_val = {1, 2}}, at::ones({2, 2, 3}, at::kByte));
      },
      ThrowsMessage<Error>("2 numbers to fill in, for an image of 3 channels"));
}

}  // namespace
}  // namespace millrace::classification
