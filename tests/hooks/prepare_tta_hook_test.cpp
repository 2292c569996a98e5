#include "millrace/hooks/prepare_tta_hook.h"

#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/data_loader.h"
#include "millrace/data/transforms/test_time_aug.h"
#include "millrace/model/base_model.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::ElementsAre;
using testing::Pair;
using testing::ThrowsMessage;

const Key kSquare("pred_square");

/// Sample i is the number i.
class CountedUp final : public Dataset {
 public:
  using Dataset::Dataset;
  int64_t size() const override { return 3; }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set(keys::inputs, at::ones({1}) * index);
    return sample;
  }
};

class Plus final : public Transform {
 public:
  explicit Plus(double more) : more_(more) {}
  void apply(Sample& sample, Rng&) const override { sample.set(keys::inputs, sample.tensor(keys::inputs) + more_); }

 private:
  double more_;
};

class SquareNet final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override { return {{"loss"_key, batch.tensor(keys::inputs).sum()}}; }
  void predict(Batch& batch) override { batch.set(kSquare, Dense{batch.tensor(keys::inputs).square()}); }
};

class MeanSquareTTA final : public BaseTTAModel {
  Sample merge(std::span<const Sample> views) const override {
    at::Tensor sum = views[0].tensor(kSquare);
    for (const Sample& view : views.subspan(1)) sum = sum + view.tensor(kSquare);
    Sample merged = views[0];
    merged.set(kSquare, sum / static_cast<double>(views.size()));
    return merged;
  }
};

/// Prediction and position of each row.
class KeptSquares final : public Metric {
 public:
  KeptSquares() : Metric("kept") {}
  void process(const Batch& batch) override {
    for (int64_t i = 0; i < batch.size(); ++i)
      rows.emplace_back(batch.tensor(kSquare)[i].item<double>(), batch.positions()[static_cast<size_t>(i)]);
  }
  State partial() const override { return {}; }
  void absorb(const State&) override {}
  MetricMap compute() override { return {{"rows", static_cast<int64_t>(rows.size())}}; }
  void reset() override {}
  std::vector<std::pair<double, int64_t>> rows;
};

struct TtaRun {
  ScratchFolder folder;
  RunnerOptions options{.model = std::make_shared<SquareNet>(), .work_dir = folder.path().string()};
  std::shared_ptr<KeptSquares> metric = std::make_shared<KeptSquares>();

  explicit TtaRun(const std::vector<Component<Transform>>& pipeline) {
    options.test_dataloader = DataLoader::Options{
        .dataset = std::make_shared<CountedUp>(DatasetOptions{.pipeline = pipeline}), .batch_size = 2};
    options.test_cfg = use<TestLoop>();
    options.test_evaluator = {metric};
  }
  MetricMap test(PrepareTTAHook::Options hook) {
    options.custom_hooks = {use<PrepareTTAHook>(std::move(hook))};
    Runner runner(std::move(options));
    return runner.test();
  }
};

std::vector<Component<Transform>> two_views() {
  const Component<Transform> zero = std::make_shared<Plus>(0), one = std::make_shared<Plus>(1);
  using Lists = std::vector<std::vector<Component<Transform>>>;
  return {use<TestTimeAug>({.transforms = Lists{{zero, one}}})};
}

TEST(PrepareTTAHook, MergesViewsBeforeMetricsSeeThem) {
  TtaRun run(two_views());
  EXPECT_EQ(run.test({.tta_cfg = std::make_shared<MeanSquareTTA>()}).find("kept/rows")->integer(), 3);
  // (i^2 + (i + 1)^2) / 2
  EXPECT_THAT(run.metric->rows, ElementsAre(Pair(0.5, 0), Pair(2.5, 1), Pair(6.5, 2)));
}

TEST(PrepareTTAHook, NeedsAMergeAndViews) {
  EXPECT_THAT([] { TtaRun(two_views()).test({}); },
              ThrowsMessage<Error>("SquareNet does not say how predictions of several views are merged: test-time "
                                   "augmentation needs tta_model\n"
                                   "  in before_test of PrepareTTAHook\n"
                                   "  help: millrace list BaseTTAModel shows what there is"));
  EXPECT_THAT(
      [] { TtaRun({std::make_shared<Plus>(0)}).test({.tta_cfg = std::make_shared<MeanSquareTTA>()}); },
      ThrowsMessage<Error>("test-time augmentation needs several views of each sample: the test pipeline must end "
                           "in TestTimeAug\n"
                           "  in before_test of PrepareTTAHook"));
}

}  // namespace
}  // namespace millrace
