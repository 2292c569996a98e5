#include <ATen/ops/mse_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/data_loader.h"
#include "millrace/model/base_model.h"
#include "millrace/model/merge_views.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::Pair;

/// Sample i is the number i.
class Counting final : public Dataset {
 public:
  Counting(int64_t size, const DatasetOptions& options) : Dataset(options), size_(size) {}
  int64_t size() const override { return size_; }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set(keys::inputs, at::ones({1}) * index);
    return sample;
  }

 private:
  int64_t size_;
};

/// x, and x + 1 of it: what TestTimeAug does with flips.
class AlsoOneMore final : public ViewTransform {
 public:
  std::vector<Sample> views(Sample sample, Rng&) const override {
    Sample more = sample;
    more.set(keys::inputs, sample.tensor(keys::inputs) + 1);
    return {std::move(sample), std::move(more)};
  }
};

/// Says the square of a number; of views, the mean of their squares.
class Square final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override { return {{"loss"_key, batch.tensor(keys::inputs).sum()}}; }
  void predict(Batch& batch) override { batch.set("pred"_key, Dense{batch.tensor(keys::inputs).square()}); }
  void test_step(Batch& batch) override {
    val_step(batch);
    merge_views(batch, [](std::span<const Sample> views) {
      Sample merged = views[0];
      merged.set("pred"_key, (views[0].tensor("pred"_key) + views[1].tensor("pred"_key)) / 2);
      return merged;
    });
  }
};

/// Keeps what it is given: the rows of the whole pass, as (prediction, position), in `of_pass`.
class Kept final : public Metric {
 public:
  Kept() : Metric("kept") {}
  void process(const Batch& batch) override {
    for (int64_t i = 0; i < batch.size(); ++i)
      rows_.push_back(
          State::tuple({batch.tensor("pred"_key)[i].item<double>(), batch.positions()[static_cast<size_t>(i)]}));
  }
  State partial() const override { return State::list(rows_); }
  void absorb(const State& partial) override {
    for (const State& row : partial.items()) rows_.push_back(row);
  }
  MetricMap compute() override {
    for (const State& row : rows_) of_pass.emplace_back(row.items()[0].number(), row.items()[1].integer());
    return {{"rows", static_cast<int64_t>(rows_.size())}};
  }
  void reset() override { rows_.clear(); }
  std::vector<std::pair<double, int64_t>> of_pass;

 private:
  State::List rows_;
};

TEST(TestTimeViews, AreMergedBeforeMetricsCountRows) {
  const ScratchFolder folder;
  const auto metric = std::make_shared<Kept>();
  RunnerOptions options{.model = std::make_shared<Square>()};
  options.work_dir = folder.path().string();
  options.test_dataloader = DataLoader::Options{
      .dataset = std::make_shared<Counting>(3, DatasetOptions{.pipeline = {std::make_shared<AlsoOneMore>()}}),
      .batch_size = 2,
      .num_workers = 2};
  options.test_cfg = use<TestLoop>();
  options.test_evaluator = {metric};
  Runner runner(std::move(options));
  EXPECT_EQ(runner.test().find("kept/rows")->integer(), 3);
  // (i^2 + (i + 1)^2) / 2
  EXPECT_THAT(metric->of_pass, ElementsAre(Pair(0.5, 0), Pair(2.5, 1), Pair(6.5, 2)));
}

}  // namespace
}  // namespace millrace
