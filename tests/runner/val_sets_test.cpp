#include <ATen/ops/arange.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "millrace/data/tensor_dataset.h"
#include "millrace/eval/metric.h"
#include "millrace/hooks/checkpoint_hook.h"
#include "millrace/io/file.h"
#include "millrace/model/base_model.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/eval_loop.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::DoubleEq;
using testing::HasSubstr;
using testing::Pair;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

/// loss_mean = mean(w x), loss_twice its double, share = 7; with a train_step of its own it would have no loss().
class WeightedMean final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    const at::Tensor mean = at::mul(weight_, batch.tensor(keys::inputs)).mean();
    return {{"loss_mean"_key, mean}, {"loss_twice"_key, at::mul(mean, 2)}, {"share"_key, at::mul(mean, 0).add(7)}};
  }
  void predict(Batch& batch) override {
    is_bf16 = at::ones({2, 2}).matmul(at::ones({2, 2})).scalar_type() == at::kBFloat16;
    batch.set("pred_value"_key, Dense{batch.tensor(keys::inputs)});
  }

  bool is_bf16 = false;

 private:
  at::Tensor weight_ = register_parameter("weight", at::ones({}));
};

/// How many rows it saw.
class Rows final : public Metric {
 public:
  struct Options {
    std::string name = "rows";
    template <class Fields>
    static void describe(Fields& f) {
      f("name", &Options::name, "before its figures");
    }
  };
  explicit Rows(Options options) : Metric(std::move(options.name)) {}
  void process(const Batch& batch) override { rows_ += batch.size(); }
  State partial() const override { return rows_; }
  void absorb(const State& other) override { rows_ += other.integer(); }
  MetricMap compute() override { return {{"count", rows_}}; }
  void reset() override { rows_ = 0; }

 private:
  int64_t rows_ = 0;
};

/// 1, 2, …, `count`, in batches of two.
DataLoader::Options numbers(int64_t count) {
  return {.dataset = std::make_shared<TensorDataset>(
              TensorDataset::Columns{{keys::inputs, at::arange(1, count + 1).to(at::kFloat).unsqueeze(1)}}),
          .batch_size = 2};
}

class ValSets : public testing::Test {
 protected:
  ValSets() {
    options_.work_dir = folder_.path().string();
    options_.train_dataloader = numbers(4);
    options_.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 1});
    options_.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.0})});
    options_.val_dataloader = numbers(3);
    options_.val_cfg = use<ValLoop>({});
    options_.val_evaluator = {use<Rows>()};
  }
  static std::map<std::string, double> numbers_of(const MetricMap& metrics) {
    std::map<std::string, double> all;
    for (const MetricMap::Entry& metric : metrics) all[metric.name] = metric.value.number();
    return all;
  }

  ScratchFolder folder_;
  std::shared_ptr<WeightedMean> model_ = std::make_shared<WeightedMean>();
  RunnerOptions options_{.model = model_};
};

TEST_F(ValSets, AreEvaluatedEachWithItsOwnMetricsUnderItsName) {
  options_.val_sets["night"] = {.dataloader = numbers(5), .evaluator = {use<Rows>({.name = "seen"})}};
  options_.val_sets["day"] = {.dataloader = numbers(7)};
  options_.val_evaluator = {use<Rows>()};
  Runner runner(std::move(options_));
  EXPECT_THAT(numbers_of(runner.val()),
              UnorderedElementsAre(Pair("rows/count", 3), Pair("night/seen/count", 5), Pair("day/rows/count", 7)));
}

TEST_F(ValSets, GiveTheFigureBySomethingIsTheBest) {
  options_.val_sets["night"] = {.dataloader = numbers(5), .evaluator = {use<Rows>()}};
  for (auto& [name, hook] : options_.default_hooks.hooks)
    if (name == "checkpoint")
      hook = use<CheckpointHook>({.save_best = std::string("night/rows/count"), .rule = std::string("greater")});
  Runner runner(std::move(options_));
  const RunSummary summary = runner.train();
  EXPECT_EQ(summary.best.metric, "night/rows/count");
  EXPECT_EQ(summary.best.value, 5);
  EXPECT_EQ(runner.loader(Mode::val).length(), 2);  // the validation's own are in their place again
}

TEST_F(ValSets, NeedAValidationAndAName) {
  options_.val_sets["a/b"] = {.dataloader = numbers(5)};
  options_.val_evaluator = {};
  options_.val_dataloader.reset();
  options_.val_cfg = Component<ValLoop>();
  EXPECT_THAT([&] { Runner runner(options_); },
              ThrowsMessage<Error>(
                  testing::AllOf(HasSubstr("val_sets has no effect without a validation"),
                                 HasSubstr("the name of a set of val_sets must be a word without '/', got 'a/b'"))));
}

TEST_F(ValSets, GiveTheLossesOfTheModelAsMeansOfBatches) {
  options_.val_cfg = use<ValLoop>({.losses = true});
  options_.val_sets["night"] = {.dataloader = numbers(1)};
  options_.val_evaluator = {use<Rows>()};
  Runner runner(std::move(options_));
  // Batches (1, 2) and (3): the mean of 1.5 and 3.
  EXPECT_THAT(
      numbers_of(runner.val()),
      UnorderedElementsAre(Pair("rows/count", 3), Pair("loss_mean", DoubleEq(2.25)), Pair("loss_twice", DoubleEq(4.5)),
                           Pair("share", 7), Pair("val_loss", DoubleEq(6.75)), Pair("night/rows/count", 1),
                           Pair("night/loss_mean", 1), Pair("night/loss_twice", 2), Pair("night/share", 7),
                           Pair("night/val_loss", 3)));
}

TEST_F(ValSets, LetAHookAndAScheduleFollowTheLoss) {
  options_.val_cfg = use<ValLoop>({.losses = true});
  for (auto& [name, hook] : options_.default_hooks.hooks)
    if (name == "checkpoint")
      hook = use<CheckpointHook>({.save_best = std::string("val_loss"), .rule = std::string("less")});
  Runner runner(std::move(options_));
  EXPECT_EQ(runner.train().best.value, 6.75);
}

TEST_F(ValSets, RunInAPrecisionOfTheirOwn) {
  options_.test_dataloader = numbers(3);
  options_.test_evaluator = {use<Rows>()};
  options_.test_cfg = use<TestLoop>({.precision = Precision::bf16});
  Runner runner(std::move(options_));
  runner.val();
  EXPECT_FALSE(model_->is_bf16);
  runner.test();
  EXPECT_TRUE(model_->is_bf16);
}

TEST(ValSchedule, SaysInWordsWhenAValidationIsDue) {
  const ValSchedule schedule({.val_begin = 3, .val_interval = 4, .dynamic_intervals = {{8, 1}, {20, 5}}}, 30);
  EXPECT_EQ(schedule.words("epoch"),
            "validation every 4 epochs, every epoch from epoch 7 on, every 5 epochs from epoch 19 on, not before epoch "
            "3, and after the last, epoch 30");
}

TEST_F(ValSets, AreToldInTheLogWhereTheIntervalChanges) {
  options_.train_cfg =
      use<EpochBasedTrainLoop>({.max_epochs = 1, .validation = {.val_interval = 4, .dynamic_intervals = {{8, 1}}}});
  Runner runner(std::move(options_));
  runner.train();
  EXPECT_THAT(io::read_file(runner.run_folder().log_file().string()),
              HasSubstr("validation every 4 epochs, every epoch from epoch 7 on, and after the last, epoch 1"));
}

}  // namespace
}  // namespace millrace
