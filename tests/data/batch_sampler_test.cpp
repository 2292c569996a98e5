#include "millrace/data/batch_sampler.h"

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "millrace/data/data_loader.h"
#include "millrace/data/samplers/aspect_ratio_batch_sampler.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/samplers/infinite_sampler.h"
#include "millrace/data/stream_dataset.h"
#include "tests/data/described_dataset.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;
using Indices = std::vector<int64_t>;

/// What a batch of DescribedDataset is made of.
Indices indices_in(const Batch& batch) {
  const at::Tensor& n = batch.tensor("n"_key);
  return {n.const_data_ptr<int64_t>(), n.const_data_ptr<int64_t>() + n.numel()};
}

std::vector<Indices> rest_of_pass(DataLoader& loader, int64_t pass, int64_t batch = 0) {
  std::vector<Indices> all;
  for (Batch& each : loader.from(pass, batch)) all.push_back(indices_in(each));
  return all;
}

DataLoader::Options by_aspect_ratio(int workers, Component<Sampler> sampler = {}) {
  return {.dataset = std::make_shared<DescribedDataset>(ten_images()),
          .batch_size = 3,
          .num_workers = workers,
          .sampler = std::move(sampler),
          .batch_sampler = use<AspectRatioBatchSampler>()};
}

// The batches are mmdet 3.3's for the orders that the seed 0 gives.
TEST(BatchSampler, DecidesWhichRowsAreOneBatch) {
  for (const int workers : {0, 1, 3}) {
    DataLoader loader(by_aspect_ratio(workers), {.seed = 0});
    EXPECT_EQ(loader.length(), 4);
    EXPECT_THAT(rest_of_pass(loader, 0), ElementsAre(Indices{1, 7, 5}, Indices{4, 3, 0}, Indices{9, 6, 2}, Indices{8}));
    EXPECT_THAT(rest_of_pass(loader, 1), ElementsAre(Indices{5, 6, 1}, Indices{0, 8, 3}, Indices{2, 9, 7}, Indices{4}));
  }
}

TEST(BatchSampler, GoesOnAtAnyBatchOfAnyPass) {
  for (const bool endless : {false, true}) {
    const Component<Sampler> sampler = endless ? Component<Sampler>(use<InfiniteSampler>()) : use<DefaultSampler>();
    DataLoader unbroken(by_aspect_ratio(2, sampler), {.seed = 1});
    std::vector<std::vector<Indices>> passes;
    for (int64_t pass = 0; pass < 3; ++pass) passes.push_back(rest_of_pass(unbroken, pass));
    for (int64_t pass = 2; pass >= 0; --pass)
      for (int64_t batch = 0; batch <= 4; ++batch) {
        DataLoader resumed(by_aspect_ratio(2, sampler), {.seed = 1});
        EXPECT_EQ(rest_of_pass(resumed, pass, batch),
                  std::vector<Indices>(passes[pass].begin() + batch, passes[pass].end()));
      }
  }
}

TEST(BatchSampler, GivesNoMoreBatchesThanTheRunMayHave) {
  DataLoader loader(by_aspect_ratio(2), {.limit_batches = 2});
  EXPECT_EQ(loader.length(), 2);
  EXPECT_THAT(rest_of_pass(loader, 0), ElementsAre(Indices{1, 7, 5}, Indices{4, 3, 0}));
}

TEST(BatchSampler, SaysItselfWhatBecomesOfALastBatch) {
  EXPECT_EQ(DataLoader({.dataset = std::make_shared<DescribedDataset>(ten_images()),
                        .batch_size = 3,
                        .batch_sampler = use<AspectRatioBatchSampler>({.drop_last = true})})
                .length(),
            3);
  EXPECT_THAT(
      [] {
        DataLoader::Options options = by_aspect_ratio(0);
        options.drop_last = true;
        DataLoader loader(options);
      },
      ThrowsMessage<Error>("drop_last has no effect with a batch_sampler, which makes the batches\n"
                           "  help: drop_last=True in the batch_sampler"));
}

class Endless final : public StreamDataset {
 public:
  bool next(Sample&) override { return true; }
};

TEST(BatchSampler, HasNoSayInAStream) {
  EXPECT_THAT(
      [] {
        DataLoader loader({.dataset = std::make_shared<Endless>(), .batch_sampler = use<AspectRatioBatchSampler>()});
      },
      ThrowsMessage<Error>("Endless is a stream with its own order: it takes no batch_sampler\n"
                           "  help: batch_sampler=None"));
}

/// Registered, so that a config can name it.
class FourShapes final : public Dataset {
 public:
  int64_t size() const override { return 4; }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set("n"_key, index);
    return sample;
  }
  std::optional<ImageSize> size_of(int64_t index) const override { return ImageSize{10, 9 + index % 2 * 2}; }
};
MILLRACE_REGISTER_AS(Dataset, FourShapes, BatchSamplerTestDataset);

/// Two of a batch; `drop_last` is the loader's.
std::optional<DataLoader::Options> bound_by_shape(bool drop_last, Binder& binder) {
  Value batch_sampler = Value::dict(), dataset = Value::dict(), config = Value::dict();
  batch_sampler.as_dict().set("type", "AspectRatioBatchSampler");
  dataset.as_dict().set("type", "BatchSamplerTestDataset");
  config.as_dict().set("batch_size", 2);
  config.as_dict().set("drop_last", drop_last);
  config.as_dict().set("batch_sampler", batch_sampler);
  config.as_dict().set("dataset", dataset);
  std::optional<DataLoader::Options> options;
  TypeOf<std::optional<DataLoader::Options>>::bind(options, config, binder);
  return options;
}

TEST(BatchSampler, IsNamedByAConfigOfMmdet) {
  Binder binder;
  const auto options = bound_by_shape(false, binder);
  binder.throw_if_any();
  DataLoader loader(*options, {.mode = Mode::val});
  EXPECT_THAT(rest_of_pass(loader, 0), ElementsAre(Indices{0, 2}, Indices{1, 3}));
}

TEST(BatchSampler, BesideDropLastIsAMistakeOfTheConfig) {
  Binder binder;
  bound_by_shape(true, binder);
  ASSERT_EQ(binder.mistakes().all().size(), 1);
  EXPECT_EQ(binder.mistakes().all()[0].summary(),
            "drop_last has no effect with a batch_sampler, which makes the batches");
}

/// The first samples of each class.
class FewOfEachClass final : public Sampler {
 public:
  struct Options {
    int64_t count = 1;
    template <class Fields>
    static void describe(Fields& f) {
      f("count", &Options::count, "samples of a class");
    }
  };
  FewOfEachClass(const SamplerArgs& args, const Options& options) {
    std::map<int64_t, int64_t> seen;
    for (int64_t i = 0; i < args.size; ++i) {
      const std::vector<int64_t> ids = args.dataset.class_ids(i).value();
      const auto is_wanted = [&](int64_t id) { return seen[id]++ < options.count; };
      if (std::count_if(ids.begin(), ids.end(), is_wanted) > 0) order_.push_back(i);
    }
  }
  int64_t length() const override { return static_cast<int64_t>(order_.size()); }
  Indices order(int64_t) override { return order_; }

 private:
  Indices order_;
};

TEST(Sampler, MayAskTheDatasetForClasses) {
  DataLoader loader(
      {.dataset = std::make_shared<DescribedDataset>(std::vector<std::vector<int64_t>>{{3}, {3}, {}, {1, 3}, {2}, {1}}),
       .batch_size = 8,
       .sampler = use<FewOfEachClass>({.count = 1})});
  EXPECT_THAT(rest_of_pass(loader, 0), ElementsAre(Indices{0, 3, 4}));
}

}  // namespace
}  // namespace millrace
