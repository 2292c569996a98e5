#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "millrace/data/data_loader.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/stream_dataset.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

/// Adds a draw to "x".
class Shake final : public Transform {
 public:
  void apply(Sample& sample, Rng& rng) const override { sample.set("x"_key, sample.number("x"_key) + rng.uniform()); }
};

/// As many views as the sample asks for, view k has x + 100 k and a draw of its own.
class Hundreds final : public ViewTransform {
 public:
  std::vector<Sample> views(Sample sample, Rng& rng) const override {
    std::vector<Sample> views(static_cast<size_t>(sample.integer("count"_key)), sample);
    for (size_t k = 0; k < views.size(); ++k) {
      views[k].set("x"_key, sample.number("x"_key) + 100.0 * static_cast<double>(k));
      views[k].set("draw"_key, rng.at(static_cast<uint32_t>(k)).uniform());
    }
    return views;
  }
};

Sample numbered(int64_t index) {
  Sample sample;
  sample.set("x"_key, static_cast<double>(index));
  sample.set("count"_key, index % 3 + 1);
  return sample;
}

DatasetOptions shaken_views() { return {.pipeline = {std::make_shared<Shake>(), std::make_shared<Hundreds>()}}; }

class Numbered final : public Dataset {
 public:
  explicit Numbered(int64_t size, const DatasetOptions& options) : Dataset(options), size_(size) {}
  int64_t size() const override { return size_; }
  Sample get(int64_t index) const override { return numbered(index); }

 private:
  int64_t size_;
};

std::vector<int64_t> whole(const at::Tensor& values) {
  const at::Tensor list = values.to(at::kLong).contiguous();
  return {list.const_data_ptr<int64_t>(), list.const_data_ptr<int64_t>() + list.numel()};
}

TEST(Views, AreRowsOfTheBatchThatKnowTheirSample) {
  DataLoader loader({.dataset = std::make_shared<Numbered>(5, shaken_views()),
                     .batch_size = 3,
                     .sampler = use<DefaultSampler>({.shuffle = false})});
  EXPECT_EQ(loader.length(), 2);
  loader.start(0, 0);
  Batch* batch = loader.next();
  EXPECT_THAT(whole(batch->tensor("x"_key)), ElementsAre(0, 1, 101, 2, 102, 202));
  EXPECT_THAT(batch->tensor(keys::view_of), SameTensor(at::tensor({0, 1, 1, 2, 2, 2}, at::kLong)));
  EXPECT_THAT(batch->positions(), ElementsAre(0, 1, 1, 2, 2, 2));
  batch = loader.next();
  EXPECT_THAT(batch->tensor(keys::view_of), SameTensor(at::tensor({0, 1, 1}, at::kLong)));
  EXPECT_THAT(batch->positions(), ElementsAre(3, 4, 4));
  EXPECT_EQ(loader.next(), nullptr);
}

TEST(Views, OfARowThatFillsUpCountForNothing) {
  DataLoader loader({.dataset = std::make_shared<Numbered>(2, shaken_views()),
                     .batch_size = 2,
                     .sampler = use<DefaultSampler>({.shuffle = false})},
                    {.rank = 2, .world_size = 3});
  loader.start(0, 0);
  EXPECT_THAT(loader.next()->positions(), ElementsAre(-1));
}

TEST(Views, AreTheSameForAnyNumberOfWorkersAndAfterAResume) {
  const auto draws = [](int workers, int64_t first) {
    DataLoader loader(
        {.dataset = std::make_shared<Numbered>(20, shaken_views()), .batch_size = 3, .num_workers = workers},
        {.seed = 4});
    std::vector<double> all;
    for (Batch& batch : loader.from(1, first))
      for (int64_t i = 0; i < batch.size(); ++i) {
        all.push_back(batch.tensor("x"_key)[i].item<double>());
        all.push_back(batch.tensor("draw"_key)[i].item<double>());
      }
    return all;
  };
  const std::vector<double> unbroken = draws(0, 0);
  EXPECT_EQ(unbroken, draws(3, 0));
  const std::vector<double> rest = draws(2, 4);
  EXPECT_EQ(rest, std::vector<double>(unbroken.end() - static_cast<int64_t>(rest.size()), unbroken.end()));
  EXPECT_EQ(std::set<double>(unbroken.begin(), unbroken.end()).size(), unbroken.size());  // each draws for itself
}

class Ticks final : public StreamDataset {
 public:
  Ticks() : StreamDataset(shaken_views()) {}
  bool next(Sample& sample) override {
    if (count_ == 4) return false;
    sample = numbered(count_++);
    return true;
  }

 private:
  int64_t count_ = 0;
};

TEST(Views, MayBeOfAStream) {
  for (const int workers : {0, 2}) {
    DataLoader loader({.dataset = std::make_shared<Ticks>(), .batch_size = 2, .num_workers = workers});
    std::vector<int64_t> x;
    for (Batch& batch : loader.from(0))
      for (const int64_t each : whole(batch.tensor("x"_key))) x.push_back(each);
    EXPECT_THAT(x, ElementsAre(0, 1, 101, 2, 102, 202, 3));
  }
}

TEST(Pipeline, GivesTheOneSampleOfAnOrdinaryPipelineAsItsView) {
  const Pipeline pipeline({std::make_shared<Shake>()});
  const Rng rng(1, Mode::test, 3);
  Sample sample = numbered(7);
  const std::vector<Sample> views = pipeline.views(sample, rng);
  pipeline.apply(sample, rng);
  ASSERT_EQ(views.size(), 1);
  EXPECT_EQ(views[0].number("x"_key), sample.number("x"_key));
  EXPECT_FALSE(pipeline.gives_views());
}

TEST(Pipeline, HasViewsAtItsEndAlone) {
  EXPECT_THAT(
      [] {
        Pipeline({std::make_shared<Hundreds>(), std::make_shared<Shake>()});
      },
      ThrowsMessage<Error>(
          "Hundreds gives several views of a sample: it must be the last of the pipeline, not at index 0"));
}

TEST(Pipeline, RefusesToMakeOneSampleOfViews) {
  const Pipeline pipeline({std::make_shared<Hundreds>()});
  EXPECT_THAT(
      [&] {
        Sample sample = numbered(0);
        pipeline.apply(sample, Rng(0, Mode::test, 0));
      },
      ThrowsMessage<Error>(
          "Hundreds gives several views of a sample, but one sample is needed\n  in Hundreds, at index 0 of "
          "the pipeline"));
}

TEST(Pipeline, WantsAtLeastOneView) {
  Sample none = numbered(0);
  none.set("count"_key, 0);
  EXPECT_THAT([&] { Pipeline({std::make_shared<Hundreds>()}).views(none, Rng(0, Mode::test, 0)); },
              ThrowsMessage<Error>("Hundreds gave no view of the sample\n  in Hundreds, at index 0 of the pipeline"));
}

}  // namespace
}  // namespace millrace
