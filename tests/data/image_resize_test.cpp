#include "millrace/data/image_resize.h"

#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/registry/enum_names.h"
#include "tests/data/golden_image.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

struct NewSize {
  int64_t width, height;
};
constexpr NewSize kSizes[] = {{45, 17}, {11, 40}};

std::string golden_name(const std::string& backend, Interpolation way, NewSize size) {
  return backend + "_" + enum_name(way) + "_" + std::to_string(size.width) + "x" + std::to_string(size.height);
}

using ResizedTest = NeedsImaging;

TEST_F(ResizedTest, HasTheBitsOfPillow) {
  using enum Interpolation;
  for (const Interpolation way : {nearest, bilinear, bicubic, box, lanczos, hamming})
    for (const NewSize size : kSizes)
      EXPECT_THAT(resized(golden_array("image"), size.height, size.width, ResizeBackend::pillow, way),
                  SameTensor(golden_array(golden_name("pillow", way, size))))
          << golden_name("pillow", way, size);
}

TEST_F(ResizedTest, HasTheBitsOfOpenCV) {
  using enum Interpolation;
  for (const Interpolation way : {nearest, bilinear, bicubic, area, lanczos})
    for (const NewSize size : kSizes) {
      // OpenCV 4.11, of which these are, rounds some bicubic pixels otherwise than 4.6.
      const Tolerance tolerance{.atol = way == bicubic ? 1.0 : 0.0};
      const at::Tensor result = resized(golden_array("image"), size.height, size.width, ResizeBackend::cv2, way);
      EXPECT_THAT(result, AllClose(golden_array(golden_name("resized", way, size)), tolerance))
          << golden_name("resized", way, size);
    }
  EXPECT_THAT(resized(golden_array("image").to(at::kFloat).div(3), 17, 45, ResizeBackend::cv2, bilinear),
              AllClose(golden_array("resized_float_45x17"), {.rtol = 1e-6, .atol = 1e-5}));
}

TEST_F(ResizedTest, TakesWindowsAndPlanes) {
  const at::Tensor image = golden_array("image");
  const at::Tensor gray = image.select(2, 0);
  for (const ResizeBackend backend : {ResizeBackend::cv2, ResizeBackend::pillow}) {
    const at::Tensor window = image.narrow(0, 3, 12).narrow(1, 5, 20);
    EXPECT_THAT(resized(window, 8, 9, backend, Interpolation::bilinear),
                SameTensor(resized(window.contiguous(), 8, 9, backend, Interpolation::bilinear)));
    EXPECT_THAT(resized(gray, 8, 9, backend, Interpolation::bilinear),
                SameTensor(resized(image, 8, 9, backend, Interpolation::bilinear).select(2, 0)));
    EXPECT_THAT(resized(image, 23, 31, backend, Interpolation::bilinear), SameTensor(image));
  }
  EXPECT_THAT(resized(gray, 17, 45, ResizeBackend::cv2, Interpolation::bilinear),
              SameTensor(golden_array("resized_gray_45x17")));
}

TEST_F(ResizedTest, RefusesWhatABackendHasNot) {
  EXPECT_THAT([] { check_resize(ResizeBackend::pillow, Interpolation::area); },
              ThrowsMessage<Error>("the backend 'pillow' has no interpolation 'area'\n  help: backend='cv2'"));
  EXPECT_THAT([] { check_resize(ResizeBackend::cv2, Interpolation::box); },
              ThrowsMessage<Error>("the backend 'cv2' has no interpolation 'box'\n  help: backend='pillow'"));
  const at::Tensor floats = at::full({2, 2, 3}, 1.0, at::kFloat);
  EXPECT_THAT([&] { resized(floats, 1, 1, ResizeBackend::pillow, Interpolation::box); },
              ThrowsMessage<Error>("the backend 'pillow' resizes images (H, W) or (H, W, C) of uint8"));
}

}  // namespace
}  // namespace millrace
