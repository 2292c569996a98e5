#include "millrace/data/photometric.h"

#include <ATen/ops/full.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "tests/data/golden_image.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

TEST(Photometric, HasTheBitsOfPillow) {
  const at::Tensor image = golden_array("image");
  for (const double factor : {0.0, 0.4, 1.0, 1.7}) {
    const std::string end = fmt::format("_pillow_{:.1f}", factor);
    EXPECT_THAT(with_brightness(image, factor), SameTensor(golden_array("brightness" + end))) << factor;
    EXPECT_THAT(with_contrast(image, factor), SameTensor(golden_array("contrast" + end))) << factor;
    EXPECT_THAT(with_saturation(image, factor), SameTensor(golden_array("saturation" + end))) << factor;
  }
  for (const double turn : {-0.5, -0.1, 0.0, 0.3})
    EXPECT_THAT(with_hue(image, turn), SameTensor(golden_array(fmt::format("hue_pillow_{:.1f}", turn)))) << turn;
}

TEST(Photometric, RefusesWhatHasNoColours) {
  EXPECT_THROW(with_hue(at::full({2, 2, 1}, 1, at::kByte), 0.1), Error);
  EXPECT_THROW(with_brightness(at::full({2, 2, 3}, 1.0, at::kFloat), 0.1), Error);
}

}  // namespace
}  // namespace millrace
