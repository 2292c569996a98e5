#include "millrace/data/tensor_dataset.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/data_loader.h"
#include "millrace/data/samplers/default_sampler.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

class Nothing final : public Transform {
 public:
  void apply(Sample&, Rng&) const override {}
};

TEST(TensorDataset, GivesTheRowsOfItsTensors) {
  const at::Tensor x = at::arange(12, at::kFloat).view({4, 3}), y = at::tensor({5, 6, 7, 8}, at::kLong);
  const TensorDataset data({{"inputs"_key, x}, {"gt_label"_key, y}});
  EXPECT_EQ(data.size(), 4);
  EXPECT_THAT(data.get(2).tensor("inputs"_key), SameTensor(x[2]));
  EXPECT_EQ(data.get(2).integer("gt_label"_key), 7);
}

TEST(TensorDataset, MakesTheSameBatchesWithAndWithoutTransforms) {
  const at::Tensor base = at::arange(60, at::kInt).view({10, 6});
  for (const at::Tensor& x : {base, base.narrow(1, 1, 3), base.select(1, 2), base.view({10, 3, 2}).transpose(1, 2)}) {
    const TensorDataset::Columns columns{{"x"_key, x}};
    const auto fast = std::make_shared<TensorDataset>(columns);
    const auto slow =
        std::make_shared<TensorDataset>(columns, DatasetOptions{.pipeline = {std::make_shared<Nothing>()}});
    DataLoader a({.dataset = fast, .batch_size = 4}, {.seed = 3}), b({.dataset = slow, .batch_size = 4}, {.seed = 3});
    a.start(0, 0);
    b.start(0, 0);
    while (Batch* batch = a.next()) {
      const Batch* other = b.next();
      ASSERT_NE(other, nullptr);
      EXPECT_THAT(batch->tensor("x"_key), SameTensor(other->tensor("x"_key)));
      EXPECT_EQ(batch->positions(), other->positions());
    }
    EXPECT_EQ(b.next(), nullptr);
  }
}

TEST(TensorDataset, ItsBatchesAreCopies) {
  const at::Tensor x = at::zeros({4, 2});
  DataLoader loader(
      {.dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{"x"_key, x}}), .batch_size = 4});
  for (Batch& batch : loader.from(0)) batch.tensor("x"_key).fill_(1);
  EXPECT_THAT(x, SameTensor(at::zeros({4, 2})));
}

TEST(TensorDataset, PicksIndices) {
  const at::Tensor x = at::arange(5);
  const auto picked = [&](auto indices) {
    const TensorDataset data({{"x"_key, x}}, {.indices = indices});
    std::vector<int64_t> values;
    for (int64_t i = 0; i < data.size(); ++i) values.push_back(data.get(i).integer("x"_key));
    return values;
  };
  EXPECT_THAT(picked(int64_t{2}), testing::ElementsAre(0, 1));
  EXPECT_THAT(picked(int64_t{-2}), testing::ElementsAre(3, 4));
  EXPECT_THAT(picked(std::vector<int64_t>{4, 0}), testing::ElementsAre(4, 0));
  EXPECT_THAT([&] { picked(int64_t{6}); }, ThrowsMessage<Error>("indices=6: the dataset has 5 samples"));
  EXPECT_THAT([&] { picked(std::vector<int64_t>{5}); },
              ThrowsMessage<Error>("indices has 5: the dataset has 5 samples"));
}

TEST(TensorDataset, RefusesTensorsOfDifferentLengths) {
  EXPECT_THAT(
      [] {
        TensorDataset({{"x"_key, at::zeros({4})}, {"y"_key, at::zeros({5})}});
      },
      ThrowsMessage<Error>("TensorDataset needs as many rows of each key: 'x' has 4, 'y' has 5"));
  EXPECT_THAT(
      [] {
        TensorDataset({{"x"_key, at::zeros({})}});
      },
      ThrowsMessage<Error>("TensorDataset needs tensors (N, …); 'x' has no rows"));
}

TEST(Dataset, MergesItsMetaWithTheOneOfTheConfig) {
  Value given = Value::dict();
  given.as_dict().set("palette", Value::tuple({1, 2}));
  const TensorDataset data({{"x"_key, at::zeros({1})}}, {.metainfo = given});
  EXPECT_TRUE(data.meta().equals(State::dict({{"palette", State::tuple({1, 2})}})));
  EXPECT_EQ(data.name(), "TensorDataset");
}

TEST(TensorDataset, KnowsTheSizeOfItsImages) {
  const auto size_in = [](Key key, at::IntArrayRef sizes) {
    const TensorDataset::Columns columns{{key, at::zeros(sizes)}};
    return TensorDataset(columns).size_of(1);
  };
  EXPECT_EQ(size_in(keys::img, {2, 5, 7, 3}), (ImageSize{5, 7}));
  EXPECT_EQ(size_in(keys::img, {2, 5, 7}), (ImageSize{5, 7}));
  EXPECT_EQ(size_in(keys::img, {2, 5}), std::nullopt);
  EXPECT_EQ(size_in(keys::inputs, {2, 3, 5, 7}), std::nullopt);
}

}  // namespace
}  // namespace millrace
