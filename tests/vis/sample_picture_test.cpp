#include "millrace/vis/sample_picture.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/data/image_keys.h"
#include "millrace/structures/batch.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

/// Images (3, 1, 1) whose first channel is 200 and whose last is 10.
Batch bright_first(int64_t size) {
  Batch batch(size);
  batch.set(keys::img, Dense{at::tensor({200, 100, 10}, at::kByte).view({1, 3, 1, 1}).repeat({size, 1, 1, 1})});
  return batch;
}

std::vector<int> pixel_of(const Batch& batch, int64_t row) {
  const RgbImage picture = picture_of(batch.row(row)).value();
  const auto& bytes = picture.bytes();
  return {bytes[0], bytes[1], bytes[2]};
}

TEST(SamplePicture, ShowsTheChannelsInTheOrderThatTheRowNames) {
  Batch batch = bright_first(2);
  batch.set(keys::channel_order, Meta{{"bgr", "rgb"}});
  EXPECT_THAT(pixel_of(batch, 0), ElementsAre(10, 100, 200));
  EXPECT_THAT(pixel_of(batch, 1), ElementsAre(200, 100, 10));
}

TEST(SamplePicture, TakesImagesOfNoNamedOrderForRedGreenBlue) {
  EXPECT_THAT(pixel_of(bright_first(1), 0), ElementsAre(200, 100, 10));
}

TEST(SamplePicture, RefusesAnOrderThatIsNone) {
  Batch batch = bright_first(1);
  batch.set(keys::channel_order, Meta{{"gbr"}});
  EXPECT_THAT([&] { picture_of(batch.row(0)); },
              ThrowsMessage<Error>("channel_order must be 'bgr' or 'rgb', got 'gbr'"));
  batch.set(keys::channel_order, Meta{{1}});
  EXPECT_THAT([&] { picture_of(batch.row(0)); }, ThrowsMessage<Error>("channel_order must be 'bgr' or 'rgb', got int"));
}

}  // namespace
}  // namespace millrace
