#include "millrace/eval/evaluator.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/dist/thread_ranks.h"
#include "millrace/structures/batch.h"

namespace millrace {
namespace {
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Sums the labels.
class LabelSum final : public Metric {
 public:
  struct Options {
    std::string figure = "sum";
    MetricOptions common{};
    template <class Fields>
    static void describe(Fields& f) {
      f("figure", &Options::figure, "name of the figure");
      f.flatten(&Options::common);
    }
  };
  LabelSum() : LabelSum(Options{}) {}
  explicit LabelSum(Options options) : Metric("labels", options.common), figure_(options.figure) {}
  void process(const Batch& batch) override {
    sum_ += batch.tensor(Key("gt_label")).sum().item<int64_t>();
    ++batches_;
  }
  State partial() const override { return State::tuple({sum_, batches_}); }
  void absorb(const State& partial) override {
    sum_ += partial.items()[0].integer();
    batches_ += partial.items()[1].integer();
  }
  MetricMap compute() override { return {{figure_, sum_}, {"batches", batches_}}; }
  void reset() override { sum_ = batches_ = 0; }
  void set_dataset_meta(const DatasetMeta& meta) override { classes = meta.at("classes").items().size(); }
  size_t classes = 0;

 private:
  std::string figure_;
  int64_t sum_ = 0, batches_ = 0;
};
MILLRACE_REGISTER(Metric, LabelSum);

Batch labels(std::vector<int64_t> positions) {
  Batch batch(static_cast<int64_t>(positions.size()));
  batch.set(Key("gt_label"), Dense{at::arange(1, static_cast<int64_t>(positions.size()) + 1)});
  batch.set_positions(std::move(positions));
  return batch;
}

int64_t figure(const MetricMap& figures, std::string_view name) { return figures.find(name)->integer(); }

TEST(Evaluator, RefusesViewsThatNobodyMerged) {
  Evaluator evaluator({.metrics = {use<LabelSum>()}});
  Batch batch = labels({0, 0});
  batch.set(keys::view_of, Dense{at::zeros({2}, at::kLong)});
  EXPECT_THAT([&] { evaluator.process(batch); },
              ThrowsMessage<Error>(
                  "the batch has several views of each sample, and metrics count samples\n"
                  "  test-time augmentation merges them: millrace test --tta, or PrepareTTAHook in custom_hooks"));
}

TEST(Evaluator, NamesFiguresWithPrefixesInOrder) {
  Evaluator evaluator(
      {.metrics = {use<LabelSum>(), use<LabelSum>({.figure = "total", .common = {.prefix = "other"}})}});
  evaluator.process(labels({0, 1, 2}));
  std::vector<std::string> names;
  for (const auto& each : evaluator.evaluate()) names.push_back(each.name);
  EXPECT_THAT(names, ElementsAre("labels/sum", "labels/batches", "other/total", "other/batches"));
}

TEST(Evaluator, DropsRowsThatFilledUp) {
  Evaluator evaluator({.metrics = use<LabelSum>()});
  evaluator.process(labels({0, 1, 2}));
  evaluator.process(labels({3, -1, 4, -1}));
  evaluator.process(labels({-1, -1}));
  EXPECT_EQ(evaluator.samples(), 5);
  const MetricMap figures = evaluator.evaluate();
  EXPECT_EQ(figure(figures, "labels/sum"), 1 + 2 + 3 + 1 + 3);
  EXPECT_EQ(figure(figures, "labels/batches"), 2);
}

TEST(Evaluator, StartsAfreshAfterEachEvaluation) {
  Evaluator evaluator({.metrics = use<LabelSum>()});
  evaluator.process(labels({0, 1}));
  evaluator.evaluate();
  evaluator.process(labels({0}));
  EXPECT_EQ(figure(evaluator.evaluate(), "labels/sum"), 1);
}

TEST(Evaluator, ReportsAPassWithoutSamples) {
  Evaluator evaluator({.metrics = use<LabelSum>()});
  evaluator.process(labels({-1}));
  EXPECT_THAT([&] { evaluator.evaluate(); }, ThrowsMessage<Error>(HasSubstr("the evaluation saw no sample")));
}

/// What each rank gets, or the error that it meets.
std::vector<std::string> on_ranks(const std::vector<std::vector<int64_t>>& positions,
                                  const Evaluator::Options& options) {
  std::vector<std::string> results(positions.size());
  run_in_threads(static_cast<int>(positions.size()), [&](Ranks& ranks) {
    Evaluator evaluator(options);
    std::string& result = results[static_cast<size_t>(ranks.rank())];
    const std::vector<int64_t>& own = positions[static_cast<size_t>(ranks.rank())];
    if (!own.empty()) evaluator.process(labels(own));
    try {
      for (const auto& each : evaluator.evaluate(ranks))
        result += each.name + "=" + std::to_string(each.value.integer()) + " ";
      EXPECT_EQ(evaluator.samples(), 0);
    } catch (const Error& error) {
      result = error.what();
    }
  });
  return results;
}

TEST(Evaluator, GivesAllRanksTheFiguresOfAllRows) {
  const Evaluator::Options options{.metrics = use<LabelSum>()};
  EXPECT_THAT(on_ranks({{0, 2, 4}, {1, 3, -1}}, options), Each("labels/sum=9 labels/batches=2 "));
  EXPECT_THAT(on_ranks({{}, {0, 1}, {-1}}, options), Each("labels/sum=3 labels/batches=1 "));
}

TEST(Evaluator, TellsAllRanksWhatIsWrong) {
  EXPECT_THAT(on_ranks({{}, {-1}}, {.metrics = use<LabelSum>()}), Each("the evaluation saw no sample"));
  EXPECT_THAT(on_ranks({{0}, {1}}, {.metrics = {use<LabelSum>(), use<LabelSum>()}}),
              Each("two metrics give a value 'labels/sum'\n  help: prefix='another' in one of them"));
}

TEST(Evaluator, RefusesTwoFiguresOfOneName) {
  Evaluator evaluator({.metrics = {use<LabelSum>(), use<LabelSum>()}});
  evaluator.process(labels({0}));
  EXPECT_THAT([&] { evaluator.evaluate(); },
              ThrowsMessage<Error>("two metrics give a value 'labels/sum'\n  help: prefix='another' in one of them"));
}

TEST(Evaluator, HandsOnTheMetaOfTheDataset) {
  const auto metric = std::make_shared<LabelSum>();
  Evaluator evaluator({.metrics = Component<Metric>(metric)});
  evaluator.set_dataset_meta(State::dict({{"classes", State::list({"a", "b"})}}));
  EXPECT_EQ(metric->classes, 2u);
}

TEST(Evaluator, IsMadeFromAConfig) {
  Value metric = Value::dict();
  metric.as_dict().set("type", "LabelSum");
  metric.as_dict().set("prefix", "p");
  metric.as_dict().set("collect_device", "gpu");
  Value config = Value::dict();
  config.as_dict().set("type", "Evaluator");
  config.as_dict().set("metrics", Value::list({metric}));
  const auto evaluator = Evaluator::Registry::build(config, "");
  evaluator->process(labels({0}));
  EXPECT_EQ(figure(evaluator->evaluate(), "p/sum"), 1);
}

TEST(MetricMap, ResolvesNamesWithoutPrefix) {
  const MetricMap figures{{"accuracy/top1", 91.5}, {"accuracy/top5", 99.0}, {"other/top5", 1.0}, {"loss", 0.5}};
  EXPECT_EQ(figures.resolve("top1").name, "accuracy/top1");
  EXPECT_EQ(figures.resolve("loss").value.number(), 0.5);
  EXPECT_EQ(figures.resolve("other/top5").value.number(), 1.0);
  EXPECT_THAT([&] { figures.resolve("top5"); },
              ThrowsMessage<Error>("'top5' could be 'accuracy/top5' or 'other/top5'"));
  EXPECT_THAT([&] { figures.resolve("top"); },
              ThrowsMessage<Error>(HasSubstr("\n  metrics: accuracy/top1, accuracy/top5, other/top5, loss")));
}

}  // namespace
}  // namespace millrace
