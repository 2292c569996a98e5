#include "millrace/structures/sample.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <type_traits>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

// A literal is no key by itself: every use of it would lock and compare strings.
static_assert(!std::is_convertible_v<const char*, Key> && !std::is_convertible_v<std::string, Key> &&
              !std::is_convertible_v<std::string_view, Key>);

TEST(Key, OfOneNameIsOneNumber) {
  EXPECT_EQ(Key("img").id(), keys::img.id());
  EXPECT_NE(Key("gt_label").id(), Key("gt_labels").id());
  EXPECT_EQ("img"_key, keys::img);
  EXPECT_EQ("pred_instances.scores"_key.name(), "pred_instances.scores");
  EXPECT_EQ(""_key, Key(""));
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
  sample.set("b"_key, 1);
  sample.set("a"_key, 2);
  sample.set("b"_key, 3);
  ASSERT_EQ(sample.fields().size(), 2);
  EXPECT_EQ(sample.fields()[0].key.name(), "b");
  EXPECT_EQ(sample.integer("b"_key), 3);
}

TEST(Sample, ErasesAndKeeps) {
  Sample sample;
  for (const Key key : {"a"_key, "b"_key, "c"_key}) sample.set(key, 0);
  EXPECT_TRUE(sample.erase("b"_key));
  EXPECT_FALSE(sample.erase("b"_key));
  const Key kept[] = {"c"_key, "d"_key};
  sample.keep_only(kept);
  ASSERT_EQ(sample.fields().size(), 1);
  EXPECT_TRUE(sample.has("c"_key));
}

TEST(Sample, SaysWhatItHasWhereAKeyIsMissing) {
  Sample sample;
  EXPECT_THAT([&] { sample.tensor("img"_key); }, ThrowsMessage<Error>("the sample has no 'img'; it has: nothing"));
  sample.set("img_path"_key, "a.png");
  sample.set("gt_label"_key, 3);
  EXPECT_THAT([&] { sample.tensor("img"_key); },
              ThrowsMessage<Error>("the sample has no 'img'; it has: img_path, gt_label"));
  EXPECT_THAT([&] { sample.tensor("img_path"_key); }, ThrowsMessage<Error>("'img_path' is of kind str, not tensor"));
  EXPECT_THAT([&] { sample.integer("img_path"_key); }, ThrowsMessage<Error>("'img_path' is of kind str, not int"));
  EXPECT_THAT([&] { sample.string("gt_label"_key); }, ThrowsMessage<Error>("'gt_label' is of kind int, not str"));
}

TEST(Sample, ReadsNumbersFromTensorsOfOneElement) {
  Sample sample;
  sample.set("gt_label"_key, at::tensor(7));
  sample.set("score"_key, at::tensor(0.5));
  EXPECT_EQ(sample.integer("gt_label"_key), 7);
  EXPECT_EQ(sample.number("gt_label"_key), 7.0);
  EXPECT_EQ(sample.number("score"_key), 0.5);
  EXPECT_THAT([&] { sample.integer("score"_key); }, ThrowsMessage<Error>("'score' is of kind tensor, not int"));
}

}  // namespace
}  // namespace millrace
