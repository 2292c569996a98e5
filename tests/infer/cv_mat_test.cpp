#include "millrace/infer/cv_mat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(CvMat, BecomesAnImageWithTheSamePixels) {
  cv::Mat whole(4, 5, CV_8UC3);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 5; ++x) whole.at<cv::Vec3b>(y, x) = cv::Vec3b(y, x, 9);
  const at::Tensor image = image_of(whole(cv::Rect(1, 2, 3, 2)));  // rows that do not follow each other
  ASSERT_EQ(image.sizes(), at::IntArrayRef({2, 3, 3}));
  for (int64_t y = 0; y < 2; ++y)
    for (int64_t x = 0; x < 3; ++x) {
      EXPECT_EQ(image[y][x][0].item<int64_t>(), y + 2);
      EXPECT_EQ(image[y][x][1].item<int64_t>(), x + 1);
      EXPECT_EQ(image[y][x][2].item<int64_t>(), 9);
    }
}

TEST(CvMat, IsRefusedUnlessItHasBytes) {
  EXPECT_THAT([] { image_of(cv::Mat(2, 2, CV_32FC1)); }, testing::ThrowsMessage<Error>(testing::HasSubstr("CV_8UC1")));
  EXPECT_THAT([] { image_of(cv::Mat()); }, testing::Throws<Error>());
}

}  // namespace
}  // namespace millrace
