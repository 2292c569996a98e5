#include "millrace/structures/batch.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/structures/batch_builder.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

Batch batch_of(const std::vector<State>& values) {
  std::vector<Sample> samples(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    samples[i].set("x"_key, values[i]);
    samples[i].set_position(static_cast<int64_t>(10 + i));
  }
  return Batch::from(samples);
}

TEST(Batch, StacksTensorsOfOneShape) {
  const at::Tensor a = at::arange(6, at::kFloat).view({2, 3});
  const Batch batch = batch_of({a, a + 1});
  EXPECT_THAT(batch.tensor("x"_key), SameTensor(at::stack({a, a + 1})));
  EXPECT_THAT(batch.positions(), ElementsAre(10, 11));
}

TEST(Batch, StacksViewsOfAnyLayout) {
  const at::Tensor image = at::arange(24, at::kByte).view({4, 2, 3});
  for (const at::Tensor& view :
       {image.permute({2, 0, 1}), image.transpose(0, 1), image.narrow(1, 1, 1), image.select(2, 1).t(),
        image.permute({2, 0, 1}).to(at::kDouble), at::ones({1, 1, 3}).expand({5, 4, 3})})
    EXPECT_THAT(batch_of({view, view}).tensor("x"_key), SameTensor(at::stack({view, view})));
}

TEST(Batch, StacksColourImagesOfAnySize) {
  for (const int64_t width : {1, 5, 16, 33}) {
    const at::Tensor image =
        at::arange(3 * width * 3, at::kLong).mul(7).remainder(251).to(at::kByte).view({3, width, 3});
    const at::Tensor planes = image.permute({2, 0, 1});
    EXPECT_THAT(batch_of({planes, planes}).tensor("x"_key), SameTensor(at::stack({planes, planes}).contiguous()))
        << width;
    const at::Tensor window = planes.narrow(1, 1, 2).narrow(2, width / 2, width - width / 2);
    EXPECT_THAT(batch_of({window, window}).tensor("x"_key), SameTensor(at::stack({window, window}).contiguous()))
        << width;
  }
}

TEST(Batch, TurnsNumbersIntoTensors) {
  EXPECT_THAT(batch_of({State(3), State(5)}).tensor("x"_key), SameTensor(at::tensor({3, 5}, at::kLong)));
  EXPECT_THAT(batch_of({State(0.5), State(1.5)}).tensor("x"_key), SameTensor(at::tensor({0.5F, 1.5F})));
  EXPECT_THAT(batch_of({State(true), State(false)}).tensor("x"_key), SameTensor(at::tensor({1, 0}).to(at::kBool)));
  EXPECT_EQ(batch_of({State(0.1), State(1)}).meta("x"_key)[0].number(), 0.1);  // not what float32 makes of it
}

Batch batch_of_rows(const std::vector<at::Tensor>& rows, BatchBuilder::Memory memory = BatchBuilder::Memory::ordinary) {
  BatchBuilder builder(static_cast<int64_t>(rows.size()), memory);
  for (const at::Tensor& own : rows) {
    Sample sample;
    sample.set_rows("x"_key, own);
    sample.set_row_list("masks"_key, at::ones({own.size(0), 2, 3}));
    sample.set("mean"_key, at::ones({4}));
    builder.add(sample);
  }
  return builder.finish();
}

TEST(Batch, LaysRowsOfDifferentLengthsBehindEachOther) {
  const Batch batch = batch_of_rows({at::ones({2, 4}), at::zeros({0, 4}), at::ones({1, 4}) * 2});
  EXPECT_THAT(batch.ragged("x"_key).offsets, SameTensor(at::tensor({0, 2, 2, 3}, at::kLong)));
  EXPECT_THAT(batch.ragged("x"_key).values.select(1, 0), SameTensor(at::tensor({1.F, 1.F, 2.F})));
}

TEST(Batch, HasTheFormsThatTheWriterSaysForAnyNumberOfRows) {
  for (const std::vector<int64_t>& counts :
       std::vector<std::vector<int64_t>>{{0}, {1}, {2}, {8}, {0, 0}, {1, 1}, {2, 2}, {8, 8}, {0, 1, 2, 8}, {8, 0}}) {
    std::vector<at::Tensor> rows;
    for (const int64_t count : counts) rows.push_back(at::ones({count, 4}));
    const Batch batch = batch_of_rows(rows);
    int64_t sum = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      EXPECT_EQ(batch.ragged("x"_key).offsets[static_cast<int64_t>(i)].item<int64_t>(), sum);
      EXPECT_EQ(batch.row_list("masks"_key).values[i].tensor().size(0), counts[i]);
      sum += counts[i];
    }
    EXPECT_THAT(batch.ragged("x"_key).values, SameTensor(at::ones({sum, 4})));
    EXPECT_THAT(batch.row_list("masks"_key).offsets, SameTensor(batch.ragged("x"_key).offsets));
    EXPECT_EQ(batch.tensor("mean"_key).dim(), 2);
  }
}

TEST(Batch, OfItsOwnRowsHasTheSameForms) {
  const Batch batch = batch_of_rows({at::ones({2, 4}), at::ones({2, 4})});
  const Batch again = Batch::from(std::vector{batch.row(0), batch.row(1)});
  ASSERT_EQ(again.entries().size(), batch.entries().size());
  for (size_t i = 0; i < again.entries().size(); ++i)
    EXPECT_EQ(again.entries()[i].column.index(), batch.entries()[i].column.index());
  EXPECT_THAT(again.ragged("x"_key).values, SameTensor(batch.ragged("x"_key).values));
}

TEST(Batch, RefusesFieldsOfTwoForms) {
  std::vector<Sample> samples(2);
  samples[0].set_rows("x"_key, at::ones({2, 4}));
  samples[1].set("x"_key, at::ones({2, 4}));
  EXPECT_THAT(
      [&] { Batch::from(samples); },
      ThrowsMessage<Error>("a sample gives 'x' as one value, earlier samples of the batch as rows of instances"));
  samples[1].set_rows("x"_key, at::ones({1, 5}));
  EXPECT_THAT([&] { Batch::from(samples); },
              ThrowsMessage<Error>("rows of 'x' are (4) Float in one sample and (5) Float in another\n"
                                   "  help: sample.set_row_list(\"x\"_key, …) for rows of different sizes"));
}

TEST(Batch, RefusesGroupsOfWhichColumnsDifferInLength) {
  Sample sample;
  sample.set_rows("gt_instances.bboxes"_key, at::ones({3, 4}));
  sample.set_rows("gt_instances.labels"_key, at::ones({2}));
  EXPECT_THAT(
      [&] {
        Batch::from({&sample, 1});
      },
      ThrowsMessage<Error>("a sample has 3 rows of 'gt_instances.bboxes' and 2 of 'gt_instances.labels'"));
}

TEST(Batch, ListsTensorsOfOtherShapesAndPlainValues) {
  const Batch batch = batch_of({at::ones({3, 4, 5}), at::ones({3, 4, 5}) * 2, at::ones({3, 6, 7})});
  EXPECT_THAT(batch.tensors("x"_key)[0], SameTensor(at::ones({3, 4, 5})));
  EXPECT_THAT(batch.tensors("x"_key)[1], SameTensor(at::ones({3, 4, 5}) * 2));
  EXPECT_THAT(batch.tensors("x"_key)[2], SameTensor(at::ones({3, 6, 7})));
  EXPECT_THAT(batch_of({at::ones({2}), at::ones({3})}).tensors("x"_key)[1], SameTensor(at::ones({3})));
  EXPECT_EQ(batch_of({State("a.png"), State("b.png")}).meta("x"_key)[1].string(), "b.png");
  EXPECT_EQ(batch_of({State(), State()}).meta("x"_key).size(), 2);
}

TEST(Batch, KeepsMixedKindsAsPlainValues) {
  EXPECT_EQ(batch_of({State(3), State("x")}).meta("x"_key)[0].integer(), 3);
  EXPECT_EQ(batch_of({State(true), State()}).meta("x"_key)[0].boolean(), true);
  EXPECT_THAT(batch_of({at::ones({2}), State(1)}).meta("x"_key)[0].tensor(), SameTensor(at::ones({2})));
}

TEST(Batch, NamesAKeyThatSomeSamplesLack) {
  std::vector<Sample> samples(2);
  samples[0].set("img"_key, 1);
  samples[1].set("img"_key, 1);
  samples[1].set("gt_label"_key, 1);
  EXPECT_THAT([&] { Batch::from(samples); },
              ThrowsMessage<Error>("a sample has 'gt_label', but earlier samples of the batch do not"));
  std::swap(samples[0], samples[1]);
  EXPECT_THAT([&] { Batch::from(samples); },
              ThrowsMessage<Error>("a sample has no 'gt_label', but earlier samples of the batch do"));
}

TEST(Batch, OfNoSamplesIsEmpty) {
  EXPECT_EQ(Batch::from({}).size(), 0);
  EXPECT_TRUE(Batch::from({}).entries().empty());
}

TEST(Batch, SaysWhatItHasAndInWhichForm) {
  const Batch batch = batch_of({State(3), State(5)});
  EXPECT_THAT([&] { batch.tensor("y"_key); }, ThrowsMessage<Error>("the batch has no 'y'; it has: x"));
  EXPECT_THAT([&] { batch.meta("x"_key); },
              ThrowsMessage<Error>("the column 'x' of the batch is dense (one tensor for all rows), not plain values"));
  EXPECT_THAT([&] { batch.ragged("x"_key); },
              ThrowsMessage<Error>("the column 'x' of the batch is dense (one tensor for all rows), not ragged\n"
                                   "  help: sample.set_rows(\"x\"_key, …) where the sample is made"));
}

TEST(Batch, WithoutPaddingSharesWhatIsWhole) {
  Batch batch = batch_of({at::ones({2}), at::ones({2})});
  EXPECT_TRUE(batch.without_padding().tensor("x"_key).is_same(batch.tensor("x"_key)));
  batch.set_positions({4, -1});
  const Batch rows = batch.without_padding();
  EXPECT_THAT(rows.positions(), ElementsAre(4));
  EXPECT_THAT(rows.tensor("x"_key), SameTensor(at::ones({1, 2})));
}

TEST(Batch, WithoutPaddingPicksRowsOfEveryForm) {
  Batch batch(3);
  batch.set("dense"_key, Dense{at::arange(3)});
  batch.set("ragged"_key, Ragged{at::arange(6), at::tensor({0, 1, 3, 6}, at::kLong)});
  batch.set("list"_key, TensorList{{at::ones({1}), at::ones({2}), at::ones({3})}});
  batch.set("meta"_key, Meta{{"a", "b", "c"}});
  batch.set("rows"_key, RowList{{State::list({1}), State::list({2, 3}), State::list({4, 5, 6})},
                                batch.ragged("ragged"_key).offsets});
  batch.set_positions({-1, 8, 9});
  const Batch rows = batch.without_padding();
  EXPECT_THAT(rows.tensor("dense"_key), SameTensor(at::tensor({1, 2}, at::kLong)));
  EXPECT_THAT(rows.ragged("ragged"_key).values, SameTensor(at::tensor({1, 2, 3, 4, 5}, at::kLong)));
  EXPECT_THAT(rows.ragged("ragged"_key).offsets, SameTensor(at::tensor({0, 2, 5}, at::kLong)));
  EXPECT_THAT(rows.tensors("list"_key)[0], SameTensor(at::ones({2})));
  EXPECT_EQ(rows.meta("meta"_key)[1].string(), "c");
  EXPECT_EQ(rows.row_list("rows"_key).values[1].items()[2].integer(), 6);
  EXPECT_TRUE(rows.row_list("rows"_key).offsets.is_same(rows.ragged("ragged"_key).offsets));
}

TEST(Batch, OfPaddingAloneBecomesEmpty) {
  Batch batch = batch_of({at::ones({2})});
  batch.set_positions({-1});
  EXPECT_EQ(batch.without_padding().size(), 0);
  EXPECT_THAT(batch.without_padding().tensor("x"_key), SameTensor(at::zeros({0, 2})));
}

TEST(Batch, RowsAreViewsOfItsMemory) {
  Batch batch = batch_of({at::zeros({2}), at::zeros({2})});
  batch.set("gt_label"_key, Dense{at::tensor({3, 4}, at::kLong)});
  const Sample row = batch.row(1);
  row.tensor("x"_key).fill_(5);
  EXPECT_THAT(batch.tensor("x"_key), SameTensor(at::tensor({0.F, 0.F, 5.F, 5.F}).view({2, 2})));
  EXPECT_EQ(row.integer("gt_label"_key), 4);
  EXPECT_EQ(row.position(), 11);
}

TEST(Batch, ToItsOwnDeviceSharesItsTensors) {
  const Batch batch = batch_of({at::ones({2}), at::ones({2})});
  EXPECT_TRUE(batch.to(at::kCPU).tensor("x"_key).is_same(batch.tensor("x"_key)));
}

TEST(BatchBuilder, GivesAShorterBatchIfItGotFewer) {
  BatchBuilder builder(5, BatchBuilder::Memory::ordinary);
  Sample sample;
  sample.set("x"_key, at::ones({3}));
  sample.set("n"_key, 1);
  builder.add(sample);
  builder.add(sample);
  const Batch batch = builder.finish();
  EXPECT_EQ(batch.size(), 2);
  EXPECT_THAT(batch.tensor("x"_key), SameTensor(at::ones({2, 3})));
  EXPECT_THAT(batch.tensor("n"_key), SameTensor(at::tensor({1, 1}, at::kLong)));
}

}  // namespace
}  // namespace millrace
