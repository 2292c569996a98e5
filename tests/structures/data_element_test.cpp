#include "millrace/structures/data_element.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/structures/batch.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const Key kBoxes("bboxes"), kShape("img_shape"), kScore("score");

DataElement boxes() { return DataElement({{kShape, State::tuple({4, 5})}}, {{kBoxes, at::ones({2, 4})}}); }

TEST(DataElement, KeepsMetainfoAndDataApart) {
  DataElement element = boxes();
  EXPECT_EQ(element.metainfo().size(), 1);
  EXPECT_EQ(element.data().size(), 1);
  EXPECT_THAT([&] { element.set_metainfo(kBoxes, 1); },
              ThrowsMessage<Error>(HasSubstr("'bboxes' can't be metainfo: it is data")));
  EXPECT_THAT([&] { element.set(kShape, 1); },
              ThrowsMessage<Error>(HasSubstr("'img_shape' can't be data: it is metainfo")));
  element.set(kScore, 0.5);
  EXPECT_EQ(element.pop(kScore).number(), 0.5);
  EXPECT_FALSE(element.has(kScore));
  EXPECT_THAT([&] { element.pop(kScore); },
              ThrowsMessage<Error>("the element has no 'score'; it has: img_shape, bboxes"));
  EXPECT_TRUE(element.erase(kShape));
  element.set(kShape, 7);  // free again
  EXPECT_EQ(element.at(kShape).integer(), 7);
}

TEST(DataElement, SharesDataAndCopiesMetainfo) {
  const at::Tensor mean = at::ones({3}), values = at::ones({2});
  DataElement element;
  element.set_metainfo("mean"_key, mean);
  element.set(kScore, values);
  mean.fill_(9), values.fill_(9);
  const DataElement copy = element;
  EXPECT_THAT(element.at("mean"_key).tensor(), SameTensor(at::ones({3})));
  EXPECT_TRUE(copy.at(kScore).tensor().is_same(values));
  EXPECT_FALSE(element.converted(cloned()).at(kScore).tensor().is_same(values));
}

TEST(DataElement, TakesAllOfAnother) {
  DataElement element = boxes();
  element.update(DataElement({{kShape, State::tuple({8, 9})}}, {{kScore, 0.25}}));
  EXPECT_EQ(element.at(kShape).items()[0].integer(), 8);
  EXPECT_EQ(element.at(kScore).number(), 0.25);
  EXPECT_THAT(
      [&] {
        element.update(DataElement({{kBoxes, 1}}, {}));
      },
      ThrowsMessage<Error>(HasSubstr("'bboxes' can't be metainfo")));
}

TEST(DataElement, IsARowOfABatch) {
  std::vector<Sample> samples(2);
  for (int64_t i = 0; i < 2; ++i) {
    Sample& sample = samples[static_cast<size_t>(i)];
    sample.set("img"_key, at::ones({3, 2, 2}));
    sample.set("path"_key, "a.jpg");
    sample.set_rows("gt_instances.labels"_key, at::arange(i + 1));
  }
  const Batch batch = Batch::from(samples);
  const DataElement row = DataElement::of(batch.row(1));
  EXPECT_EQ(row.metainfo().size(), 1);
  EXPECT_EQ(row.at("path"_key).string(), "a.jpg");
  const DataElement truth = row.element("gt_instances"_key);
  EXPECT_THAT(truth.at("labels"_key).tensor(), SameTensor(at::arange(2)));
  EXPECT_TRUE(truth.at("labels"_key).tensor().is_alias_of(batch.ragged("gt_instances.labels"_key).values));

  const State dict = row.to_dict();
  EXPECT_THAT(dict.at("gt_instances").at("labels").tensor(), SameTensor(at::arange(2)));
  DataElement other;
  other.set_element("pred"_key, truth);
  EXPECT_TRUE(other.has("pred.labels"_key));
  EXPECT_THAT([&] { (void)row.element("x"_key); }, ThrowsMessage<Error>("the element has no fields in 'x'"));
}

TEST(DataElement, ConvertsDataAlone) {
  DataElement element = boxes();
  element.set_metainfo("mean"_key, at::ones({1}));
  element.set(kScore, at::ones({1}).requires_grad_());
  const DataElement halves = element.converted(as_dtype(at::kHalf));
  EXPECT_EQ(halves.at(kBoxes).tensor().scalar_type(), at::kHalf);
  EXPECT_EQ(halves.at("mean"_key).tensor().scalar_type(), at::kFloat);
  EXPECT_FALSE(element.converted(detached()).at(kScore).tensor().requires_grad());
  EXPECT_TRUE(element.converted(on_device(at::kCPU)).at(kBoxes).tensor().is_same(element.at(kBoxes).tensor()));
}

TEST(DataElement, TellsWhatItHolds) {
  EXPECT_EQ(boxes().text(), "META INFORMATION\n  img_shape: (4, 5)\nDATA FIELDS\n  bboxes: tensor (2, 4) float\n");
}

TEST(DataElement, RefusesANameThatIsAValueAndAGroup) {
  const DataElement element({}, {{"a"_key, 1}, {"a.b"_key, 2}});
  EXPECT_THAT([&] { (void)element.to_dict(); }, ThrowsMessage<Error>("'a' has a value, and is the group of 'a.b'"));
}

}  // namespace
}  // namespace millrace
