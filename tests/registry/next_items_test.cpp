#include "millrace/registry/next_items.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <random>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// Configs that share bundles of items, as those of a repository do.
std::vector<Lack> some_lacks(std::mt19937& random, size_t items, size_t configs) {
  std::vector<std::vector<size_t>> bundles(4);
  for (auto& bundle : bundles)
    for (size_t k = 1 + random() % 4; k > 0; --k) bundle.push_back(random() % items);
  std::vector<Lack> out;
  for (size_t i = 0; i < configs; ++i) {
    Lack lack{bundles[random() % bundles.size()], static_cast<int64_t>(1 + random() % 3)};
    for (size_t k = random() % 4; k > 0; --k) lack.items.push_back(random() % items);
    std::sort(lack.items.begin(), lack.items.end());
    lack.items.erase(std::unique(lack.items.begin(), lack.items.end()), lack.items.end());
    out.push_back(std::move(lack));
  }
  return out;
}

int64_t best_of_all_sets(const std::vector<Lack>& lacks, size_t items, size_t count) {
  std::vector<uint32_t> masks;
  for (const Lack& lack : lacks) {
    masks.push_back(0);
    for (size_t item : lack.items) masks.back() |= 1u << item;
  }
  int64_t best = 0;
  for (uint32_t set = 0; set < 1u << items; ++set) {
    if (std::popcount(set) != static_cast<int>(count)) continue;
    int64_t configs = 0;
    for (size_t i = 0; i < masks.size(); ++i)
      if ((masks[i] & ~set) == 0) configs += lacks[i].configs;
    best = std::max(best, configs);
  }
  return best;
}

/// The item that makes most configs whole, again and again; of several the one that most configs want.
int64_t one_by_one(const std::vector<Lack>& lacks, size_t items, size_t count) {
  std::vector<size_t> chosen;
  while (chosen.size() < count) {
    std::pair<int64_t, int64_t> best(-1, -1);
    size_t best_item = 0;
    for (size_t item = 0; item < items; ++item) {
      if (std::find(chosen.begin(), chosen.end(), item) != chosen.end()) continue;
      std::vector<size_t> with = chosen;
      with.push_back(item);
      int64_t mentions = 0;
      for (const Lack& lack : lacks)
        if (std::binary_search(lack.items.begin(), lack.items.end(), item)) mentions += lack.configs;
      const std::pair<int64_t, int64_t> worth(configs_with(lacks, with), mentions);
      if (worth > best) best = worth, best_item = item;
    }
    chosen.push_back(best_item);
  }
  return configs_with(lacks, chosen);
}

TEST(NextItems, TakesTwoThatAreNeededTogetherBeforeOneThatHelpsLess) {
  const std::vector<Lack> lacks = {{{0, 1}, 10}, {{2}, 1}, {{3}, 2}, {{}, 5}};
  EXPECT_THAT(next_items(lacks, 4, 1), ElementsAre(3));
  EXPECT_THAT(next_items(lacks, 4, 2), UnorderedElementsAre(0, 1));
  EXPECT_EQ(configs_with(lacks, next_items(lacks, 4, 2)), 15);
  EXPECT_THAT(next_items(lacks, 4, 3), ElementsAre(0, 1, 3));
}

TEST(NextItems, GivesAllWhereThereAreNoMore) {
  const std::vector<Lack> lacks = {{{0, 1}, 1}, {{2}, 7}};
  EXPECT_THAT(next_items(lacks, 3, 3), ElementsAre(2, 0, 1));
  EXPECT_THAT(next_items(lacks, 3, 100), ElementsAre(2, 0, 1));
  EXPECT_THAT(next_items({}, 0, 5), IsEmpty());
}

TEST(NextItems, GivesAsManyAsAskedForEvenIfTheyMakeNothingWhole) {
  const std::vector<Lack> lacks = {{{0, 1, 2}, 1}, {{3, 4, 5}, 1}};
  EXPECT_EQ(next_items(lacks, 6, 2).size(), 2u);
}

/// Few sets: all are tried.
TEST(NextItems, FindsTheBestOfAllSmallSets) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    const std::vector<Lack> lacks = some_lacks(random, 12, 15);
    for (size_t count : {1, 2, 4, 6, 9})
      EXPECT_EQ(configs_with(lacks, next_items(lacks, 12, count)), best_of_all_sets(lacks, 12, count)) << round;
  }
}

/// Too many sets to try, but not for this test: 20 choose 8 is 125970.
TEST(NextItems, FindsTheBestSetWhereItSearches) {
  std::mt19937 random(4);
  for (int round = 0; round < 8; ++round) {
    const std::vector<Lack> lacks = some_lacks(random, 20, 40);
    for (size_t count : {7, 8, 10, 12})
      EXPECT_EQ(configs_with(lacks, next_items(lacks, 20, count)), best_of_all_sets(lacks, 20, count)) << round;
  }
}

TEST(NextItems, IsNeverWorseThanOneByOne) {
  std::mt19937 random(5);
  for (int round = 0; round < 4; ++round) {
    const std::vector<Lack> lacks = some_lacks(random, 60, 120);
    for (size_t count : {1, 3, 8, 20, 40})
      EXPECT_GE(configs_with(lacks, next_items(lacks, 60, count)), one_by_one(lacks, 60, count)) << round;
  }
}

TEST(NextItems, IsTheSameAtEveryCall) {
  std::mt19937 random(6);
  const std::vector<Lack> lacks = some_lacks(random, 60, 120);
  EXPECT_EQ(next_items(lacks, 60, 15), next_items(lacks, 60, 15));
}

}  // namespace
}  // namespace millrace
