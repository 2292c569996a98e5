#include "millrace/structures/sample.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

TEST(Key, OfOneNameIsOneNumber) {
  EXPECT_EQ(Key("img").id(), keys::img.id());
  EXPECT_NE(Key("gt_label").id(), Key("gt_labels").id());
  EXPECT_EQ(Key("pred_instances.scores").name(), "pred_instances.scores");
}

TEST(Key, IsInternedByManyThreadsAtOnce) {
  std::vector<std::vector<int32_t>> ids(4);
  std::vector<std::thread> threads;
  for (auto& own : ids)
    threads.emplace_back([&own] {
      for (int i = 0; i < 600; ++i) own.push_back(Key("many_" + std::to_string(i)).id());
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& own : ids) EXPECT_EQ(own, ids[0]);
  EXPECT_EQ(Key("many_599").name(), "many_599");
}

TEST(Sample, KeepsFieldsInTheOrderInWhichTheyWereSet) {
  Sample sample;
  sample.set("b", 1);
  sample.set("a", 2);
  sample.set("b", 3);
  ASSERT_EQ(sample.fields().size(), 2);
  EXPECT_EQ(sample.fields()[0].key.name(), "b");
  EXPECT_EQ(sample.integer("b"), 3);
}

TEST(Sample, ErasesAndKeeps) {
  Sample sample;
  for (const char* name : {"a", "b", "c"}) sample.set(name, 0);
  EXPECT_TRUE(sample.erase("b"));
  EXPECT_FALSE(sample.erase("b"));
  const Key kept[] = {"c", "d"};
  sample.keep_only(kept);
  ASSERT_EQ(sample.fields().size(), 1);
  EXPECT_TRUE(sample.has("c"));
}

TEST(Sample, SaysWhatItHasWhereAKeyIsMissing) {
  Sample sample;
  EXPECT_THAT([&] { sample.tensor("img"); }, ThrowsMessage<Error>("the sample has no 'img'; it has: nothing"));
  sample.set("img_path", "a.png");
  sample.set("gt_label", 3);
  EXPECT_THAT([&] { sample.tensor("img"); },
              ThrowsMessage<Error>("the sample has no 'img'; it has: img_path, gt_label"));
  EXPECT_THAT([&] { sample.tensor("img_path"); }, ThrowsMessage<Error>("'img_path' is of kind str, not tensor"));
  EXPECT_THAT([&] { sample.integer("img_path"); }, ThrowsMessage<Error>("'img_path' is of kind str, not int"));
  EXPECT_THAT([&] { sample.string("gt_label"); }, ThrowsMessage<Error>("'gt_label' is of kind int, not str"));
}

TEST(Sample, ReadsNumbersFromTensorsOfOneElement) {
  Sample sample;
  sample.set("gt_label", at::tensor(7));
  sample.set("score", at::tensor(0.5));
  EXPECT_EQ(sample.integer("gt_label"), 7);
  EXPECT_EQ(sample.number("gt_label"), 7.0);
  EXPECT_EQ(sample.number("score"), 0.5);
  EXPECT_THROW(sample.integer("score"), Error);
}

}  // namespace
}  // namespace millrace
