#include "millrace/model/data_preprocessor.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/structures/batch.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

Batch batch_of_images(const at::Tensor& images) {
  Batch batch(images.size(0));
  batch.set(keys::img, Dense{images});
  return batch;
}

TEST(ImgDataPreprocessor, WritesInputsAndLeavesTheImages) {
  Batch batch = batch_of_images(at::full({2, 1, 3, 3}, 10, at::kByte));
  ImgDataPreprocessor preprocessor({.mean = {{4}}, .std = {{2}}});
  preprocessor.process(batch, DataPreprocessor::Purpose::training);
  EXPECT_THAT(batch.tensor(keys::inputs), SameTensor(at::full({2, 1, 3, 3}, 3.0f)));
  EXPECT_THAT(batch.tensor(keys::img), SameTensor(at::full({2, 1, 3, 3}, 10, at::kByte)));
  preprocessor.process(batch,
                       DataPreprocessor::Purpose::training);  // a second step on one batch reads the images again
  EXPECT_THAT(batch.tensor(keys::inputs), SameTensor(at::full({2, 1, 3, 3}, 3.0f)));
}

TEST(ImgDataPreprocessor, NeedsMeanAndStdTogetherAndOneTurnOfTheChannels) {
  EXPECT_THAT([] { ImgDataPreprocessor({.mean = {{1}}}); },
              ThrowsMessage<Error>("ImgDataPreprocessor has a mean but no std"));
  EXPECT_THAT(
      [] {
        ImgDataPreprocessor({.mean = {{1, 2, 3}}, .std = {{1}}});
      },
      ThrowsMessage<Error>("ImgDataPreprocessor got 3 numbers as mean and 1 as std"));
  EXPECT_THAT([] { ImgDataPreprocessor({.bgr_to_rgb = true, .rgb_to_bgr = true}); },
              ThrowsMessage<Error>(HasSubstr("set only one of them")));
}

TEST(BaseDataPreprocessor, FeedsTheNetworkWhatTheBatchHas) {
  Batch batch = batch_of_images(at::ones({2, 1, 3, 3}));
  BaseDataPreprocessor preprocessor;
  preprocessor.process(batch, DataPreprocessor::Purpose::training);
  EXPECT_THAT(batch.tensor(keys::inputs), SameTensor(at::ones({2, 1, 3, 3})));
  Batch own(2);
  own.set(keys::inputs, Dense{at::arange(2)});
  preprocessor.process(own, DataPreprocessor::Purpose::training);
  EXPECT_THAT(own.tensor(keys::inputs), SameTensor(at::arange(2)));
}

TEST(DataPreprocessor, IsMadeFromItsConfig) {
  Value config = Value::dict();
  config.as_dict().set("type", "ImgDataPreprocessor");
  config.as_dict().set("mean", Value::list({0}));
  config.as_dict().set("std", Value::list({255}));
  config.as_dict().set("non_blocking", true);
  Batch batch = batch_of_images(at::full({1, 3, 2, 2}, 255, at::kByte));
  DataPreprocessor::Registry::build(config, "")->process(batch, DataPreprocessor::Purpose::evaluation);
  EXPECT_THAT(batch.tensor(keys::inputs), SameTensor(at::ones({1, 3, 2, 2})));
}

}  // namespace
}  // namespace millrace
