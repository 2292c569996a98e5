#include "millrace/data/stream_dataset.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "millrace/data/data_loader.h"
#include "millrace/data/samplers/default_sampler.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

/// Adds a draw to "n", so that a sample that is made twice shows whether it is the same.
class Jitter final : public Transform {
 public:
  void apply(Sample& sample, Rng& rng) const override { sample.set("draw"_key, rng.uniform()); }
};

/// Counts up; a pass has `length` samples, or no end.
class Counter : public StreamDataset {
 public:
  explicit Counter(int64_t length = -1)
      : StreamDataset(DatasetOptions{.pipeline = {std::make_shared<Jitter>()}}), length_(length) {}
  bool next(Sample& sample) override {
    if (drawn_in_pass_ == length_) return false;
    ++drawn_in_pass_;
    sample.set("n"_key, count_++);
    return true;
  }
  void begin_pass(int64_t) override { drawn_in_pass_ = 0; }

 protected:
  int64_t length_, count_ = 0, drawn_in_pass_ = 0;
};

class SavedCounter final : public Counter {
 public:
  using Counter::Counter;
  State state_dict() const override { return State::dict({{"count", count_}, {"in_pass", drawn_in_pass_}}); }
  void load_state_dict(const State& state) override {
    count_ = state.at("count").integer();
    drawn_in_pass_ = state.at("in_pass").integer();
  }
};

using Drawn = std::vector<std::pair<int64_t, float>>;
Drawn drawn(const Batch& batch) {
  Drawn all;
  for (int64_t i = 0; i < batch.size(); ++i)
    all.emplace_back(batch.tensor("n"_key).const_data_ptr<int64_t>()[i],
                     batch.tensor("draw"_key).const_data_ptr<float>()[i]);
  return all;
}
std::vector<Drawn> batches_of(DataLoader& loader, int64_t pass, int64_t batch, int64_t limit = 1000) {
  std::vector<Drawn> all;
  for (Batch& each : loader.from(pass, batch)) {
    all.push_back(drawn(each));
    if (static_cast<int64_t>(all.size()) == limit) break;
  }
  return all;
}

TEST(StreamDataset, ComesInOrderForAnyNumberOfWorkers) {
  std::vector<std::vector<Drawn>> runs;
  for (const int workers : {0, 1, 4}) {
    DataLoader loader({.dataset = std::make_shared<Counter>(11), .batch_size = 3, .num_workers = workers}, {.seed = 2});
    EXPECT_EQ(loader.length(), -1);
    auto& run = runs.emplace_back();
    for (int64_t pass = 0; pass < 3; ++pass)
      for (auto& batch : batches_of(loader, pass, 0)) run.push_back(batch);
  }
  ASSERT_EQ(runs[0].size(), 12);
  EXPECT_EQ(runs[0][3].size(), 2);
  EXPECT_EQ(runs[0][4][0].first, 11);
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(runs[0], runs[2]);
}

TEST(StreamDataset, ResumesExactlyIfItHasAState) {
  for (const int workers : {0, 2}) {
    const auto make = [&] {
      return std::make_unique<DataLoader>(
          DataLoader::Options{.dataset = std::make_shared<SavedCounter>(11), .batch_size = 3, .num_workers = workers},
          LoaderContext{.seed = 2});
    };
    const auto unbroken = make();
    std::vector<std::vector<Drawn>> passes;
    for (int64_t pass = 0; pass < 2; ++pass) passes.push_back(batches_of(*unbroken, pass, 0));
    for (int64_t batches = 1; batches <= 4; ++batches) {
      const auto first = make();
      batches_of(*first, 0, 0, batches);
      const State state = first->state();
      const auto second = make();
      EXPECT_TRUE(second->load_state(state).empty());
      EXPECT_EQ(batches_of(*second, 0, batches), std::vector<Drawn>(passes[0].begin() + batches, passes[0].end()));
      EXPECT_EQ(batches_of(*second, 1, 0), passes[1]);
    }
    const auto first = make();
    batches_of(*first, 0, 0);
    const auto second = make();
    second->load_state(first->state());
    EXPECT_EQ(batches_of(*second, 1, 0), passes[1]);
  }
}

TEST(StreamDataset, SaysThatItBeginsAnewIfItHasNone) {
  DataLoader first({.dataset = std::make_shared<Counter>(11), .batch_size = 3});
  batches_of(first, 0, 0, 2);
  DataLoader second({.dataset = std::make_shared<Counter>(11), .batch_size = 3});
  EXPECT_THAT(second.load_state(first.state()),
              ElementsAre("Counter has no state_dict: its data begin anew, and the resume is not exact"));
  EXPECT_EQ(batches_of(second, 0, 2)[0][0].first, 0);
}

TEST(StreamDataset, LosesNothingWhenAPassIsBrokenOff) {
  for (const int workers : {0, 2}) {
    DataLoader loader({.dataset = std::make_shared<SavedCounter>(), .batch_size = 2, .num_workers = workers},
                      {.limit_batches = 50});
    EXPECT_EQ(loader.length(), 50);
    batches_of(loader, 0, 0, 3);
    EXPECT_EQ(batches_of(loader, 0, 3, 1)[0][0].first, 6);
    EXPECT_EQ(batches_of(loader, 0, 4).size(), 46);
  }
}

TEST(StreamDataset, DropsTheLastBatchIfAsked) {
  DataLoader loader({.dataset = std::make_shared<Counter>(11), .batch_size = 3, .num_workers = 1, .drop_last = true});
  EXPECT_EQ(batches_of(loader, 0, 0).size(), 3);
}

/// Gives three samples and then waits until it is cancelled.
class Queue final : public StreamDataset {
 public:
  bool next(Sample& sample) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return given_ < 3 || is_cancelled_; });
    if (is_cancelled_) return false;
    sample.set("n"_key, given_++);
    return true;
  }
  void cancel() override {
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    changed_.notify_all();
  }
  void reopen() override {
    is_cancelled_ = false;
    given_ = 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t given_ = 0;
  bool is_cancelled_ = false;
};

TEST(StreamDataset, ThatWaitsIsCancelledWhenTheLoaderStops) {
  DataLoader loader({.dataset = std::make_shared<Queue>(), .num_workers = 2});
  loader.start(0, 0);
  for (int i = 0; i < 3; ++i) EXPECT_NE(loader.next(), nullptr);
  loader.start(0, 3);
  EXPECT_NE(loader.next(), nullptr);
}

class Failing final : public StreamDataset {
 public:
  bool next(Sample& sample) override {
    if (count_ == 2) throw Error("the robot fell over");
    sample.set("n"_key, count_++);
    return true;
  }

 private:
  int64_t count_ = 0;
};

TEST(StreamDataset, ThrowsWhenItsBatchIsDue) {
  for (const int workers : {0, 2}) {
    DataLoader loader({.dataset = std::make_shared<Failing>(), .num_workers = workers});
    loader.start(0, 0);
    EXPECT_NE(loader.next(), nullptr);
    EXPECT_NE(loader.next(), nullptr);
    EXPECT_THAT([&] { loader.next(); }, ThrowsMessage<Error>("the robot fell over\n  sample 2 of Failing"));
  }
}

TEST(StreamDataset, TakesNoSampler) {
  EXPECT_THAT(
      [] { DataLoader({.dataset = std::make_shared<Counter>(), .sampler = use<DefaultSampler>()}); },
      ThrowsMessage<Error>("Counter is a stream with its own order: it takes no sampler\n  help: sampler=None"));
}

TEST(StreamDataset, TakesNoIndices) {
  class Indexed final : public StreamDataset {
   public:
    explicit Indexed(const DatasetOptions& options) : StreamDataset(options) {}
    bool next(Sample&) override { return false; }
  };
  EXPECT_THAT([] { Indexed({.indices = 3}); },
              ThrowsMessage<Error>(testing::HasSubstr("the samples of a stream have no numbers")));
  EXPECT_NO_THROW(Indexed({}));
}

}  // namespace
}  // namespace millrace
