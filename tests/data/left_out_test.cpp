#include "millrace/data/left_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "millrace/data/data_loader.h"
#include "millrace/data/samplers/default_sampler.h"

namespace millrace {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

/// Fails at the samples of these numbers, as LoadImageFromFile does with ignore_empty.
class FailAt final : public Transform {
 public:
  explicit FailAt(std::set<int64_t> empty) : empty_(std::move(empty)) {}
  void apply(Sample& sample, Rng&) const override {
    const int64_t n = sample.integer("n"_key);
    if (empty_.contains(n)) throw EmptySample(Error(Place(std::to_string(n) + ".png"), "damaged"));
  }

 private:
  std::set<int64_t> empty_;
};

class SixNumbers final : public Dataset {
 public:
  using Dataset::Dataset;
  int64_t size() const override { return 6; }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set("n"_key, index);
    return sample;
  }
};

DataLoader::Options six_without(std::set<int64_t> empty, std::optional<int64_t> max_refetch = 1000, int workers = 0) {
  const DatasetOptions data{.pipeline = {std::make_shared<FailAt>(std::move(empty))}, .max_refetch = max_refetch};
  return {.dataset = std::make_shared<SixNumbers>(data),
          .batch_size = 6,
          .num_workers = workers,
          .sampler = use<DefaultSampler>({.shuffle = false})};
}

struct SixRows {
  std::vector<int64_t> numbers, positions;
  bool operator==(const SixRows&) const = default;
};

SixRows six_rows_of(DataLoader& loader) {
  SixRows rows;
  for (Batch& batch : loader.from(0)) {
    for (int64_t i = 0; i < batch.size(); ++i) rows.numbers.push_back(batch.row(i).integer("n"_key));
    rows.positions = batch.positions();
  }
  return rows;
}

TEST(LeftOut, AnEmptySampleOfATrainingIsAnotherOne) {
  DataLoader loader(six_without({1, 4}), {.seed = 3});
  const SixRows rows = six_rows_of(loader);
  EXPECT_EQ(rows.numbers.size(), 6U);
  EXPECT_EQ(rows.positions, rows.numbers);
  EXPECT_THAT(rows.numbers, Not(Contains(1)));
  EXPECT_THAT(rows.numbers, Not(Contains(4)));
  EXPECT_EQ(rows.numbers[0], 0) << "the others stay where they are";
  EXPECT_EQ(loader.take_left_out(),
            "2 of 6 samples are left out, since they can't be read\n  1.png: damaged\n  4.png: damaged");
  EXPECT_EQ(loader.take_left_out(), "");
  six_rows_of(loader);
  EXPECT_EQ(loader.take_left_out(), "") << "it was told";
  DataLoader threads(six_without({1, 4}, 1000, 3), {.seed = 3});
  EXPECT_EQ(six_rows_of(threads), rows);
}

TEST(LeftOut, AnEmptySampleOfAValidationIsNotCounted) {
  DataLoader loader(six_without({2}), {.seed = 3, .mode = Mode::val});
  EXPECT_THAT(six_rows_of(loader).positions, ElementsAre(0, 1, -1, 3, 4, 5));
  EXPECT_EQ(loader.take_left_out(), "1 of 6 samples is left out, since it can't be read\n  2.png: damaged");
}

TEST(LeftOut, SamplesAreTriedSoOftenAndNoMore) {
  DataLoader none(six_without({0, 1, 2, 3, 4, 5}, 20));
  EXPECT_THAT([&] { six_rows_of(none); },
              ThrowsMessage<Error>(HasSubstr("nor could 20 others be read, which is max_refetch")));
  DataLoader without(six_without({2}, std::nullopt));
  EXPECT_THAT(
      [&] { six_rows_of(without); },
      ThrowsMessage<Error>("2.png: damaged\n  in FailAt, at index 0 of the pipeline\n  sample 2 of SixNumbers"));
}

TEST(LeftOut, NamesTheFirstOfMany) {
  LeftOut left_out;
  for (int64_t i = 30; i > 10; --i) left_out.add(i, std::to_string(i) + ".png: damaged\n  a note");
  const std::string news = left_out.take_news(100);
  EXPECT_THAT(
      news, testing::StartsWith("20 of 100 samples are left out, since they can't be read\n  11.png: damaged\n  12."));
  EXPECT_THAT(news, testing::EndsWith("\n  20.png: damaged\n  and 10 more"));
}

}  // namespace
}  // namespace millrace
