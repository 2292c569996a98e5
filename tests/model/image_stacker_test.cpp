#include "millrace/model/image_stacker.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<double> kMean = {123.675, 116.28, 103.53};
const std::vector<double> kStd = {58.395, 57.12, 57.375};

at::Tensor random_bytes(at::IntArrayRef shape) { return at::randint(0, 256, shape, at::kByte); }

/// (x - mean) / std by PyTorch's operators in float32.
at::Tensor by_operators(const at::Tensor& images, bool swap = false) {
  const at::Tensor mean = at::tensor(kMean).to(at::kFloat).view({1, 3, 1, 1}),
                   std = at::tensor(kStd).to(at::kFloat).view({1, 3, 1, 1});
  return ((swap ? images.flip(1) : images).to(at::kFloat) - mean) / std;
}

ImageStacker stacker(ImageStacker::Settings settings = {}) {
  settings.owner = "Stacker";
  settings.mean = kMean, settings.std = kStd;
  return ImageStacker(std::move(settings));
}

TEST(ImageStacker, GivesTheBitsOfPyTorch) {
  // More pixels than one task takes, so that threads are in it.
  const at::Tensor images = random_bytes({5, 3, 131, 97});
  EXPECT_THAT(stacker()(images), SameTensor(by_operators(images)));
}

TEST(ImageStacker, SwapsChannelsBeforeItNormalises) {
  const at::Tensor images = random_bytes({2, 3, 5, 7});
  EXPECT_THAT(stacker({.swap_channels = true})(images), SameTensor(by_operators(images, true)));
}

TEST(ImageStacker, ReadsAndWritesEitherMemoryFormat) {
  const at::Tensor images = random_bytes({2, 3, 6, 5});
  const at::Tensor from_last = stacker()(images.contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(from_last.is_contiguous());
  EXPECT_THAT(from_last, SameTensor(by_operators(images)));
  const at::Tensor to_last = stacker({.channels_last = true})(images);
  EXPECT_TRUE(to_last.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_THAT(to_last, SameTensor(by_operators(images)));
}

TEST(ImageStacker, ReadsViewsWithGapsAndOtherDtypes) {
  const at::Tensor wide = random_bytes({2, 3, 8, 20});
  const at::Tensor view = wide.narrow(2, 1, 5).slice(3, 3, 18, 2);
  EXPECT_THAT(stacker()(view), SameTensor(by_operators(view)));
  EXPECT_THAT(stacker()(view.to(at::kFloat)), SameTensor(by_operators(view)));
  EXPECT_THAT(stacker()(view.to(at::kInt)), SameTensor(by_operators(view)));
}

TEST(ImageStacker, WithoutMeanOnlyTurnsIntoFloat) {
  const at::Tensor images = random_bytes({2, 1, 4, 4});
  EXPECT_THAT(ImageStacker({.owner = "Stacker"})(images), SameTensor(images.to(at::kFloat)));
}

TEST(ImageStacker, PadsToTheDivisorRightAndBelow) {
  const at::Tensor images = random_bytes({2, 3, 5, 6});
  const at::Tensor out = stacker({.pad_size_divisor = 4, .pad_value = 9})(images);
  ASSERT_EQ(out.sizes(), (at::IntArrayRef{2, 3, 8, 8}));
  EXPECT_THAT(out.narrow(2, 0, 5).narrow(3, 0, 6).contiguous(), SameTensor(by_operators(images)));
  EXPECT_EQ(out.narrow(2, 5, 3).eq(9).all().item<bool>(), true);
  EXPECT_EQ(out.narrow(3, 6, 2).eq(9).all().item<bool>(), true);
}

TEST(ImageStacker, StacksImagesOfManySizes) {
  const at::Tensor tall = random_bytes({3, 7, 4}), wide = random_bytes({3, 3, 9});
  for (const bool last : {false, true}) {
    const at::Tensor out =
        stacker({.pad_size_divisor = 2, .pad_value = -1, .channels_last = last})(std::vector<at::Tensor>{tall, wide});
    ASSERT_EQ(out.sizes(), (at::IntArrayRef{2, 3, 8, 10}));
    EXPECT_EQ(out.is_contiguous(at::MemoryFormat::ChannelsLast), last);
    EXPECT_THAT(out[0].narrow(1, 0, 7).narrow(2, 0, 4).contiguous(), SameTensor(by_operators(tall.unsqueeze(0))[0]));
    EXPECT_THAT(out[1].narrow(1, 0, 3).narrow(2, 0, 9).contiguous(), SameTensor(by_operators(wide.unsqueeze(0))[0]));
    EXPECT_EQ(out[1].narrow(1, 3, 5).eq(-1).all().item<bool>(), true);
  }
}

TEST(ImageStacker, RefusesOtherChannelCountsAndShapes) {
  EXPECT_THAT(
      [] {
        stacker()(random_bytes({2, 1, 4, 4}));
      },
      ThrowsMessage<Error>(HasSubstr("Stacker got images of 1 channels, mean and std have 3")));
  EXPECT_THAT(
      [] {
        stacker()(random_bytes({2, 4, 4}));
      },
      ThrowsMessage<Error>(HasSubstr("Stacker got images of shape (2, 4, 4), not (N, C, H, W)")));
  EXPECT_THAT(
      [] {
        stacker()(std::vector<at::Tensor>{random_bytes({3, 4, 4}), random_bytes({1, 4, 4})});
      },
      ThrowsMessage<Error>(HasSubstr("Stacker got an image of shape (1, 4, 4) beside one of (3, 4, 4)")));
}

}  // namespace
}  // namespace millrace
