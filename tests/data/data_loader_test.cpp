#include "millrace/data/data_loader.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/samplers/infinite_sampler.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ThrowsMessage;

/// Adds one draw of its own to x.
class AddNoise final : public Transform {
 public:
  void apply(Sample& sample, Rng& rng) const override { sample.set("x"_key, sample.tensor("x"_key) + rng.uniform()); }
};

/// Sample i is {x: [i, i], gt_label: i}.
class Numbers : public Dataset {
 public:
  explicit Numbers(int64_t size, DatasetOptions options = {}) : Dataset(options), size_(size) {}
  int64_t size() const override { return size_; }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set("x"_key, at::full({2}, static_cast<double>(index)));
    sample.set("gt_label"_key, index);
    return sample;
  }

 private:
  int64_t size_;
};

std::shared_ptr<Dataset> noisy_numbers(int64_t size) {
  return std::make_shared<Numbers>(
      size, DatasetOptions{.pipeline = {std::make_shared<AddNoise>(), std::make_shared<AddNoise>()}});
}

struct Seen {
  std::vector<int64_t> labels, positions;
  std::vector<double> x;
  bool operator==(const Seen&) const = default;
};
Seen seen(const Batch& batch) {
  const at::Tensor labels = batch.tensor("gt_label"_key),
                   x = batch.tensor("x"_key).select(1, 0).to(at::kDouble).contiguous();
  return {{labels.const_data_ptr<int64_t>(), labels.const_data_ptr<int64_t>() + labels.numel()},
          batch.positions(),
          {x.const_data_ptr<double>(), x.const_data_ptr<double>() + x.numel()}};
}
std::vector<Seen> rest_of(DataLoader& loader, int64_t pass, int64_t batch = 0) {
  std::vector<Seen> all;
  for (Batch& each : loader.from(pass, batch)) all.push_back(seen(each));
  return all;
}

TEST(DataLoader, GivesTheSameDataForAnyNumberOfWorkers) {
  std::vector<std::vector<Seen>> runs;
  for (const int workers : {0, 1, 4}) {
    DataLoader loader({.dataset = noisy_numbers(103), .batch_size = 8, .num_workers = workers}, {.seed = 5});
    auto& run = runs.emplace_back();
    for (int64_t pass = 0; pass < 3; ++pass)
      for (Seen& batch : rest_of(loader, pass)) run.push_back(std::move(batch));
  }
  ASSERT_EQ(runs[0].size(), 3 * 13);
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(runs[0], runs[2]);
}

TEST(DataLoader, GoesOnAtAnyBatchOfAnyPass) {
  for (const bool endless : {false, true}) {
    Component<Sampler> sampler = use<DefaultSampler>();
    if (endless) sampler = use<InfiniteSampler>();
    const DataLoader::Options options{
        .dataset = noisy_numbers(13), .batch_size = 3, .num_workers = 2, .sampler = sampler};
    DataLoader unbroken(options, {.seed = 1});
    std::vector<std::vector<Seen>> passes;
    for (int64_t pass = 0; pass < 3; ++pass) passes.push_back(rest_of(unbroken, pass));
    for (int64_t pass = 2; pass >= 0; --pass)
      for (int64_t batch = 0; batch <= 5; ++batch) {
        DataLoader resumed(options, {.seed = 1});
        EXPECT_EQ(rest_of(resumed, pass, batch), std::vector<Seen>(passes[pass].begin() + batch, passes[pass].end()));
      }
  }
}

TEST(DataLoader, DrawsAnewInEachPassSeedAndStream) {
  const DataLoader::Options options{
      .dataset = noisy_numbers(4), .batch_size = 4, .sampler = use<DefaultSampler>({.shuffle = false})};
  DataLoader loader(options, {.seed = 1}), other_seed(options, {.seed = 2}),
      val(options, {.seed = 1, .mode = Mode::val});
  std::set<std::vector<double>> draws;
  for (DataLoader* each : {&loader, &other_seed, &val})
    for (int64_t pass = 0; pass < 2; ++pass) draws.insert(rest_of(*each, pass)[0].x);
  EXPECT_EQ(draws.size(), 6);
}

TEST(DataLoader, ShufflesTrainingDataAlone) {
  const DataLoader::Options options{.dataset = std::make_shared<Numbers>(10), .batch_size = 10};
  DataLoader train(options, {.seed = 0}), test(options, {.seed = 0, .mode = Mode::test});
  EXPECT_THAT(rest_of(train, 0)[0].labels, ElementsAre(4, 1, 7, 5, 3, 9, 0, 8, 6, 2));
  EXPECT_THAT(rest_of(test, 0)[0].labels, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(DataLoader, MarksRowsThatFillUp) {
  DataLoader loader(
      {.dataset = std::make_shared<Numbers>(10), .batch_size = 2, .sampler = use<DefaultSampler>({.shuffle = false})},
      {.rank = 3, .world_size = 4});
  const auto batches = rest_of(loader, 0);
  EXPECT_THAT(batches[0].positions, ElementsAre(3, 7));
  EXPECT_THAT(batches[1].labels, ElementsAre(1));
  EXPECT_THAT(batches[1].positions, ElementsAre(-1));
}

TEST(DataLoader, CountsItsBatches) {
  const auto length = [](DataLoader::Options options, LoaderContext context = {}) {
    return DataLoader(options, context).length();
  };
  const auto data = std::make_shared<Numbers>(10);
  EXPECT_EQ(length({.dataset = data, .batch_size = 3}), 4);
  EXPECT_EQ(length({.dataset = data, .batch_size = 3, .drop_last = true}), 3);
  EXPECT_EQ(length({.dataset = data, .batch_size = 3}, {.limit_batches = 2}), 2);
  EXPECT_EQ(length({.dataset = data, .batch_size = 3, .num_batch_per_epoch = 2}), 2);
  EXPECT_EQ(length({.dataset = data, .batch_size = 3, .sampler = use<InfiniteSampler>()}, {.world_size = 4}), 4);
}

TEST(DataLoader, TakesTheFirstSamplesForSoManyBatches) {
  DataLoader loader({.dataset = std::make_shared<Numbers>(100), .batch_size = 2, .num_batch_per_epoch = 2});
  std::set<int64_t> labels;
  for (const Seen& batch : rest_of(loader, 0)) labels.insert(batch.labels.begin(), batch.labels.end());
  EXPECT_EQ(labels, (std::set<int64_t>{0, 1, 2, 3}));
}

TEST(DataLoader, GivesNothingOfAnEmptyDataset) {
  for (const int workers : {0, 2}) {
    DataLoader loader({.dataset = std::make_shared<Numbers>(0), .num_workers = workers});
    EXPECT_TRUE(rest_of(loader, 0).empty());
  }
}

/// Fails at one sample; counts what was made.
class Faulty final : public Numbers {
 public:
  enum class Kind { user, library, ours };
  Faulty(int64_t at, Kind kind) : Numbers(20), at_(at), kind_(kind) {}
  Sample get(int64_t index) const override {
    ++made;
    if (index != at_) return Numbers::get(index);
    if (kind_ == Kind::user) throw Error("the image is upside down");
    if (kind_ == Kind::ours) throw std::out_of_range("vector::at");
    at::full({2}, 1).view({3});
    return {};
  }
  mutable std::atomic<int> made{0};

 private:
  int64_t at_;
  Kind kind_;
};

TEST(DataLoader, ThrowsWithTheSampleWhenItsBatchIsDue) {
  for (const int workers : {0, 1, 3}) {
    DataLoader loader({.dataset = std::make_shared<Faulty>(9, Faulty::Kind::user),
                       .batch_size = 4,
                       .num_workers = workers,
                       .sampler = use<DefaultSampler>({.shuffle = false})});
    loader.start(0, 0);
    EXPECT_NE(loader.next(), nullptr);
    EXPECT_NE(loader.next(), nullptr);
    EXPECT_THAT([&] { loader.next(); }, ThrowsMessage<Error>("the image is upside down\n  sample 9 of Faulty"));
    loader.start(0, 3);  // and goes on behind it
    EXPECT_NE(loader.next(), nullptr);
  }
}

TEST(DataLoader, NamesTheSampleOfErrorsOfAnyOrigin) {
  DataLoader library(
      {.dataset = std::make_shared<Faulty>(0, Faulty::Kind::library), .batch_size = 20, .num_workers = 1});
  EXPECT_THAT([&] { rest_of(library, 0); },
              testing::Throws<Error>(testing::Property(&Error::what, testing::EndsWith("\n  sample 0 of Faulty"))));
  DataLoader ours({.dataset = std::make_shared<Faulty>(0, Faulty::Kind::ours), .batch_size = 20});
  EXPECT_THAT([&] { rest_of(ours, 0); }, ThrowsMessage<std::logic_error>("vector::at\n  sample 0 of Faulty"));
}

class FailingTransform final : public Transform {
 public:
  void apply(Sample& sample, Rng&) const override { sample.tensor("img"_key); }
};

TEST(DataLoader, NamesTheTransformOfAnError) {
  const auto data = std::make_shared<Numbers>(
      1, DatasetOptions{.pipeline = {std::make_shared<AddNoise>(), std::make_shared<FailingTransform>()}});
  DataLoader loader({.dataset = data});
  EXPECT_THAT([&] { rest_of(loader, 0); },
              ThrowsMessage<Error>("the sample has no 'img'; it has: x, gt_label\n"
                                   "  in FailingTransform, at index 1 of the pipeline\n  sample 0 of Numbers"));
}

TEST(DataLoader, MakesNoMoreAheadThanItMay) {
  const auto data = std::make_shared<Faulty>(-1, Faulty::Kind::user);
  DataLoader loader({.dataset = data, .batch_size = 2, .num_workers = 2, .prefetch_factor = 1});
  loader.start(0, 0);
  ASSERT_NE(loader.next(), nullptr);
  loader.stop();
  EXPECT_LE(data->made, 2 * (1 + 2));  // the batch that was given out, and two ahead
}

TEST(DataLoader, MayBeLeftAtAnyTime) {
  DataLoader loader({.dataset = noisy_numbers(1000), .batch_size = 2, .num_workers = 3});
  for (int i = 0; i < 20; ++i)
    for (Batch& batch : loader.from(0))
      if (seen(batch).positions.size() == 2) break;
  loader.start(0, 0);
  loader.next();
}

/// Writes down what surrounds the making of a sample.
class Surroundings final : public Numbers {
 public:
  Surroundings() : Numbers(64) {}
  Sample get(int64_t index) const override {
    Sample sample = Numbers::get(index);
    sample.set("threads"_key, at::get_num_threads());
    sample.set("grad"_key, at::GradMode::is_enabled());
    return sample;
  }
};

TEST(DataLoader, MakesDataWithOneThreadAndNoGradientsAndLeavesTheCallerAsHeWas) {
  const int threads = at::get_num_threads();
  for (const int workers : {0, 2}) {
    DataLoader loader({.dataset = std::make_shared<Surroundings>(), .batch_size = 16, .num_workers = workers});
    for (Batch& batch : loader.from(0)) {
      EXPECT_THAT(batch.tensor("threads"_key), SameTensor(at::full({16}, 1, at::kLong)));
      EXPECT_THAT(batch.tensor("grad"_key), SameTensor(at::full({16}, false, at::kBool)));
      EXPECT_EQ(at::get_num_threads(), threads);
      EXPECT_TRUE(at::GradMode::is_enabled());
    }
    EXPECT_EQ(at::get_num_threads(), threads);
  }
}

TEST(DataLoader, TellsWhatChangedSinceACheckpoint) {
  DataLoader before({.dataset = std::make_shared<Numbers>(10), .batch_size = 2});
  DataLoader after({.dataset = std::make_shared<Numbers>(11), .batch_size = 4});
  EXPECT_TRUE(before.load_state(before.state()).empty());
  EXPECT_THAT(after.load_state(before.state()),
              ElementsAre("batch_size was 2, and is 4", "the number of samples was 10, and is 11"));
}

std::optional<DataLoader::Options> bound(const Value& config, Mistakes& mistakes) {
  Binder binder;
  std::optional<DataLoader::Options> options;
  TypeOf<std::optional<DataLoader::Options>>::bind(options, config, binder);
  mistakes = binder.mistakes();
  return options;
}

Value dict_value(std::vector<std::pair<std::string, Value>> entries) {
  Value dict = Value::dict();
  for (auto& [key, value] : entries) dict.as_dict().set(key, value);
  return dict;
}

class Registered final : public Dataset {
 public:
  struct Options {
    int64_t length = 6;
    template <class Fields>
    static void describe(Fields& f) {
      f("length", &Options::length, "");
    }
  };
  explicit Registered(Options options) : length_(options.length) {}
  int64_t size() const override { return length_; }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set("n"_key, index);
    return sample;
  }

 private:
  int64_t length_;
};
MILLRACE_REGISTER_AS(Dataset, Registered, LoaderTestDataset);

TEST(DataLoader, ReadsAConfigOfMMEngine) {
  Mistakes mistakes;
  const auto options = bound(dict_value({{"batch_size", 4},
                                         {"num_workers", 1},
                                         {"persistent_workers", true},
                                         {"pin_memory", true},
                                         {"drop_last", true},
                                         {"collate_fn", dict_value({{"type", "default_collate"}})},
                                         {"sampler", dict_value({{"type", "DefaultSampler"}, {"shuffle", false}})},
                                         {"dataset", dict_value({{"type", "LoaderTestDataset"}, {"length", 9}})}}),
                             mistakes);
  ASSERT_TRUE(mistakes.empty()) << mistakes.all()[0].what();
  DataLoader loader(*options);
  EXPECT_EQ(loader.length(), 2);
  loader.start(0, 1);
  EXPECT_THAT(loader.next()->tensor("n"_key), SameTensor(at::tensor({4, 5, 6, 7}, at::kLong)));
}

TEST(DataLoader, RefusesWhatItCannotDo) {
  Mistakes mistakes;
  bound(dict_value({{"batch_size", 0}, {"shuffle", true}, {"dataset", dict_value({{"type", "LoaderTestDataset"}})}}),
        mistakes);
  std::vector<std::string> texts;
  for (const Error& mistake : mistakes.all()) texts.push_back(mistake.summary());
  EXPECT_THAT(texts, ElementsAre("DataLoader.batch_size must be at least 1, got 0", "DataLoader has no key 'shuffle'"));
}

}  // namespace
}  // namespace millrace
