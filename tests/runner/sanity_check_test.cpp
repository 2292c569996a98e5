#include "millrace/runner/sanity_check.h"

#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "millrace/data/stream_dataset.h"
#include "millrace/eval/metric.h"
#include "millrace/hooks/checkpoint_hook.h"
#include "millrace/hub/message_hub.h"
#include "millrace/io/file.h"
#include "millrace/optim/schedulers/reduce_on_plateau_lr.h"
#include "millrace/runner/eval_loop.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

/// Counts rows, and over all objects what it is asked.
class TriedMetric final : public Metric {
 public:
  struct Options {
    std::string figure = "accuracy";
    template <class Fields>
    static void describe(Fields& f) {
      f("figure", &Options::figure, "name of the figure");
    }
  };
  explicit TriedMetric(Options options) : Metric("tried"), options_(std::move(options)) {}
  void process(const Batch& batch) override { rows_ += batch.size(); }
  State partial() const override { return rows_; }
  void absorb(const State& other) override { rows_ += other.integer(); }
  MetricMap compute() override {
    asked.push_back(rows_);
    return {{options_.figure, static_cast<double>(rows_)}};
  }
  void reset() override { rows_ = 0; }

  static inline std::vector<int64_t> asked;

 private:
  Options options_;
  int64_t rows_ = 0;
};
MILLRACE_REGISTER(Metric, TriedMetric);

Sample sample_of(int64_t index) {
  Sample sample;
  sample.set(keys::inputs, at::full({4}, 0.1 * static_cast<double>(index % 7)));
  sample.set("gt_label"_key, at::scalar_tensor(index % 2, at::kLong));
  return sample;
}

class SmallData final : public Dataset {
 public:
  explicit SmallData(int64_t size, int64_t broken = -1) : size_(size), broken_(broken) {}
  int64_t size() const override { return size_; }
  Sample get(int64_t index) const override {
    if (index == broken_) throw Error("sample " + std::to_string(index) + " has no label");
    return sample_of(index);
  }

 private:
  int64_t size_, broken_;
};

/// 0, 1, 2, …, 39, and again; it notes what it gave.
class Numbers final : public StreamDataset {
 public:
  explicit Numbers(bool has_state) : has_state_(has_state) {}
  bool next(Sample& sample) override {
    if (next_ == 40) return false;
    given.push_back(next_);
    sample = sample_of(next_++);
    return true;
  }
  void begin_pass(int64_t) override { next_ = 0; }
  State state_dict() const override { return has_state_ ? State(next_) : State(); }
  void load_state_dict(const State& state) override { next_ = state.integer(); }
  std::vector<int64_t> given;

 private:
  bool has_state_;
  int64_t next_ = 0;
};

/// Trainings of two epochs of six iterations; validations of 40 rows in batches of 10.
class SanityCheck : public testing::Test {
 protected:
  using Change = std::function<void(RunnerOptions&)>;
  HostedRun& make(const Change& change = {}) {
    TriedMetric::asked.clear();
    run_ = std::make_unique<HostedRun>(folder_.path() / std::to_string(++runs_), 2, [&](RunnerOptions& options) {
      options.val_dataloader = {.dataset = std::make_shared<SmallData>(40), .batch_size = 10, .num_workers = 2};
      options.val_cfg = use<ValLoop>();
      options.val_evaluator = {use<TriedMetric>({})};
      if (change) change(options);
    });
    run_->net->on_step = [](int64_t) {};  // so that it counts
    return *run_;
  }
  /// The text of the error that comes before the first step.
  std::string refusal(const Change& change, const std::shared_ptr<Hook>& hook = nullptr) {
    HostedRun& run = make(change);
    if (hook) run.runner->hooks().add(hook);
    try {
      run.runner->train();
    } catch (const Error& error) {
      EXPECT_EQ(run.net->steps, 0);
      return error.what();
    }
    return "";
  }
  std::string records() const {
    const auto file = run_->runner->run_folder().path() / "vis_data/scalars.json";
    return std::regex_replace(io::read_file(file.string()), std::regex("\"(data_)?time\": [^,]*, "), "");
  }

  ScratchFolder folder_;
  int runs_ = 0;
  std::unique_ptr<HostedRun> run_;
};

constexpr const char* kNote = "\n  while trying 2 batches of the validation before the first step (sanity_val_batches)";

TEST_F(SanityCheck, TriesTwoBatchesAndChangesNothing) {
  HostedRun& tried = make();
  bool is_first = true;
  tried.net->on_step = [&](int64_t) {
    if (std::exchange(is_first, false)) {
      EXPECT_THAT(TriedMetric::asked, ElementsAre(20));
      EXPECT_EQ(tried.runner->hub().find_scalar("val/tried/accuracy"), std::nullopt);
    }
  };
  tried.runner->train();
  EXPECT_THAT(TriedMetric::asked, ElementsAre(20, 40, 40));
  const State weights = tried.weights();
  const std::string written = records();
  HostedRun& untried = make([](RunnerOptions& options) { options.sanity_val_batches = 0; });
  untried.runner->train();
  EXPECT_THAT(TriedMetric::asked, ElementsAre(40, 40));
  EXPECT_TRUE(weights.equals(untried.weights()));
  EXPECT_EQ(written, records());
}

TEST_F(SanityCheck, FindsABestMetricThatNoEvaluatorGives) {
  const auto hook = std::make_shared<CheckpointHook>(CheckpointHook::Options{.save_best = "accuracy"});
  Hook::adopt(*hook);
  EXPECT_EQ(refusal({}, hook), std::string("CheckpointHook.save_best: there is no metric 'accuracy'; did you mean "
                                           "'tried/accuracy'?\n  metrics: tried/accuracy") +
                                   kNote);
}

TEST_F(SanityCheck, FindsAMonitorThatNoEvaluatorGives) {
  EXPECT_THAT(
      refusal([](RunnerOptions& options) { options.param_scheduler = use<ReduceOnPlateauLR>({.monitor = "f1"}); }),
      testing::AllOf(HasSubstr("'f1'"), EndsWith(kNote)));
}

TEST_F(SanityCheck, FindsABrokenSampleBeforeTheFirstStep) {
  const auto broken = [](int64_t batches) {
    return [batches](RunnerOptions& options) {
      options.val_dataloader->dataset = std::make_shared<SmallData>(40, 13);
      options.sanity_val_batches = batches;
    };
  };
  EXPECT_THAT(refusal(broken(2)), testing::AllOf(HasSubstr("sample 13 has no label"), EndsWith(kNote)));
  HostedRun& run = make(broken(1));
  EXPECT_THAT([&] { run.runner->train(); }, testing::ThrowsMessage<Error>(HasSubstr("sample 13 has no label")));
  EXPECT_EQ(run.net->steps, 6) << "the third batch is not tried";
}

TEST_F(SanityCheck, RefusesAnEmptyValidationWhateverIsTried) {
  for (const int64_t batches : {0, 2})
    EXPECT_EQ(refusal([&](RunnerOptions& options) {
                options.val_dataloader->dataset = std::make_shared<SmallData>(0);
                options.sanity_val_batches = batches;
              }),
              "the validation data give no batch: the dataset is empty, or drop_last leaves nothing");
}

TEST_F(SanityCheck, LeavesAStreamAsItWas) {
  std::vector<int64_t> whole;
  for (int64_t i = 0; i < 40; ++i) whole.push_back(i);
  for (const bool has_state : {true, false}) {
    const auto numbers = std::make_shared<Numbers>(has_state);
    HostedRun& run = make([&](RunnerOptions& options) {
      options.val_dataloader = {.dataset = numbers, .batch_size = 10};
      options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 1});
    });
    size_t before = 0;
    run.net->on_step = [&](int64_t step) {
      if (step == 1) before = numbers->given.size();
    };
    run.runner->train();
    EXPECT_EQ(before, has_state ? 20U : 0U);
    EXPECT_EQ(std::vector<int64_t>(numbers->given.begin() + static_cast<std::ptrdiff_t>(before), numbers->given.end()),
              whole);
  }
}

TEST_F(SanityCheck, DoesNotAskAMetricThatTheProgramMade) {
  HostedRun& run = make(
      [](RunnerOptions& options) { options.val_evaluator = {std::make_shared<TriedMetric>(TriedMetric::Options{})}; });
  run.runner->add_hook(std::make_shared<CheckpointHook>(CheckpointHook::Options{.save_best = "tried/accuracy"}));
  run.runner->train();
  EXPECT_THAT(TriedMetric::asked, ElementsAre(40, 40));
}

}  // namespace
}  // namespace millrace
