#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "millrace/dist/thread_ranks.h"
#include "millrace/eval/evaluator.h"
#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/metrics/accuracy.h"
#include "millrace/zoo/classification/metrics/confusion_matrix.h"
#include "millrace/zoo/classification/metrics/single_label_metric.h"
#include "tests/support/all_close.h"
#include "tests/support/places.h"

namespace millrace::classification {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<nlohmann::json> golden_metrics(const std::string& metric) {
  std::ifstream file(source_path("/tests/golden/metrics.json"));
  std::vector<nlohmann::json> cases;
  for (const auto& each : nlohmann::json::parse(file))
    if (each["metric"] == metric) cases.push_back(each);
  EXPECT_EQ(cases.size(), 2u);
  return cases;
}

at::Tensor labels_of(const nlohmann::json& values) { return at::tensor(values.get<std::vector<int64_t>>(), at::kLong); }

at::Tensor scores_of_json(const nlohmann::json& rows) {
  std::vector<double> flat;
  for (const auto& row : rows)
    for (double value : row) flat.push_back(value);
  return at::tensor(flat, at::kDouble).view({static_cast<int64_t>(rows.size()), -1});
}

Batch scored(const at::Tensor& scores, const at::Tensor& labels) {
  Batch batch(labels.size(0));
  batch.set(keys::pred_score, Dense{scores});
  batch.set(keys::gt_label, Dense{labels});
  return batch;
}

Batch labelled(const at::Tensor& predictions, const at::Tensor& labels) {
  Batch batch(labels.size(0));
  batch.set(keys::pred_label, Dense{predictions});
  batch.set(keys::gt_label, Dense{labels});
  return batch;
}

/// In two batches, as an evaluation is.
template <class Make>
MetricMap in_halves(Metric& metric, const at::Tensor& a, const at::Tensor& b, Make make) {
  const int64_t half = b.size(0) / 2;
  metric.process(make(a.narrow(0, 0, half), b.narrow(0, 0, half)));
  metric.process(make(a.narrow(0, half, b.size(0) - half), b.narrow(0, half, b.size(0) - half)));
  return metric.compute();
}

double number(const MetricMap& figures, const std::string& name) { return figures.find(name)->number(); }

TEST(Accuracy, MatchesTheReference) {
  for (const auto& golden : golden_metrics("accuracy")) {
    Accuracy accuracy({.topk = golden["params"]["topk"].get<std::vector<int64_t>>()});
    const MetricMap figures =
        in_halves(accuracy, scores_of_json(golden["inputs"]["scores"]), labels_of(golden["inputs"]["labels"]), scored);
    for (const auto& [name, value] : golden["expected"].items())
      EXPECT_NEAR(number(figures, name), 100 * value.get<double>(), 1e-9) << name;
  }
}

TEST(Accuracy, CountsAboveEachThresholdAsABruteForceCountDoes) {
  const at::Tensor scores = at::rand({50, 4}), labels = at::randint(0, 4, {50}, at::kLong);
  Accuracy accuracy({.topk = {1, 2}, .thrs = {std::nullopt, 0.5}});
  const MetricMap figures = in_halves(accuracy, scores, labels, scored);
  std::vector<std::string> names;
  for (const auto& each : figures) names.push_back(each.name);
  EXPECT_THAT(names, ElementsAre("top1_no-thr", "top1_thr-0.50", "top2_no-thr", "top2_thr-0.50"));
  for (const int64_t k : {1, 2}) {
    int all = 0, above = 0;
    for (int64_t n = 0; n < 50; ++n) {
      const double own = scores[n][labels[n].item<int64_t>()].item<double>();
      int64_t better = 0;
      for (int64_t c = 0; c < 4; ++c) better += scores[n][c].item<double>() > own;
      all += better < k;
      above += better < k && own > 0.5;
    }
    EXPECT_NEAR(number(figures, fmt::format("top{}_no-thr", k)), 2.0 * all, 1e-9);
    EXPECT_NEAR(number(figures, fmt::format("top{}_thr-0.50", k)), 2.0 * above, 1e-9);
  }
}

TEST(Accuracy, WithoutScoresComparesLabels) {
  Accuracy accuracy;
  EXPECT_EQ(number(in_halves(accuracy, at::tensor({0, 2, 1, 3}), at::tensor({0, 1, 2, 3}), labelled), "top1"), 50);
}

TEST(Accuracy, StartsAfreshAfterReset) {
  Accuracy accuracy;
  accuracy.process(labelled(at::tensor({0}), at::tensor({1})));
  accuracy.reset();
  accuracy.process(labelled(at::tensor({1, 1}), at::tensor({1, 1})));
  EXPECT_EQ(number(accuracy.compute(), "top1"), 100);
}

TEST(Accuracy, RefusesMoreClassesThanThereAreAndLabelsOutside) {
  Accuracy accuracy({.topk = {1, 5}});
  EXPECT_THAT(
      [&] {
        accuracy.process(scored(at::rand({2, 3}), at::tensor({0, 1})));
      },
      ThrowsMessage<Error>("Accuracy cannot compute the top 5: there are 3 classes\n  help: topk=3"));
  Accuracy top1;
  EXPECT_THAT(
      [&] {
        top1.process(scored(at::rand({2, 10}), at::tensor({0, 12})));
      },
      ThrowsMessage<Error>("Accuracy got the label 12, there are 10 classes: 0 to 9\n"
                           "  help: num_classes=13 of the head, if the data are right"));
}

TEST(ClassificationMetrics, RefuseScoresOfMoreClassesThanTheDataName) {
  const State two_names = State::dict({{"classes", State::list({"cat", "dog"})}});
  const auto score_three = [&](Metric& metric, const State& meta) {
    metric.set_dataset_meta(meta);
    metric.process(scored(at::rand({4, 3}), at::arange(4).remainder(2)));
  };
  Accuracy accuracy;
  SingleLabelMetric single;
  ConfusionMatrix matrix;
  for (Metric* metric :
       {static_cast<Metric*>(&accuracy), static_cast<Metric*>(&single), static_cast<Metric*>(&matrix)}) {
    EXPECT_THAT([&] { score_three(*metric, two_names); },
                ThrowsMessage<Error>(HasSubstr("got scores of 3 classes, and the data name 2")));
    EXPECT_NO_THROW(score_three(*metric, State())) << "nobody knows their names";
  }
}

TEST(SingleLabelMetric, MatchesTheReference) {
  using Average = SingleLabelMetric::Average;
  const std::vector<std::string> items = {"precision", "recall", "f1-score", "support"};
  for (const auto& golden : golden_metrics("precision_recall_f1")) {
    const int64_t classes = golden["params"]["num_classes"];
    const at::Tensor predictions = labels_of(golden["inputs"]["predictions"]),
                     labels = labels_of(golden["inputs"]["labels"]);
    SingleLabelMetric macro({.items = items, .num_classes = classes}),
        micro({.items = items, .average = Average::micro, .num_classes = classes}),
        each({.items = items, .average = std::nullopt, .num_classes = classes});
    const MetricMap of_macro = in_halves(macro, predictions, labels, labelled),
                    of_micro = in_halves(micro, predictions, labels, labelled),
                    of_each = in_halves(each, predictions, labels, labelled);
    for (const char* item : {"precision", "recall", "f1"}) {
      const std::string name = item == std::string("f1") ? "f1-score" : item;
      EXPECT_NEAR(number(of_macro, name), 100 * golden["expected"]["macro"][item].get<double>(), 1e-7);
      EXPECT_NEAR(number(of_micro, name + "_micro"), 100 * golden["expected"]["micro"][item].get<double>(), 1e-7);
      const State::List& list = of_each.find(name + "_classwise")->items();
      ASSERT_EQ(static_cast<int64_t>(list.size()), classes);
      for (int64_t c = 0; c < classes; ++c)
        EXPECT_NEAR(list[c].number(), 100 * golden["expected"]["per_class"][item][c].get<double>(), 1e-7);
    }
    for (int64_t c = 0; c < classes; ++c)
      EXPECT_EQ(of_each.find("support_classwise")->items()[c].integer(),
                golden["expected"]["support"][c].get<int64_t>());
    EXPECT_EQ(of_macro.find("support")->integer(), labels.size(0));
  }
}

TEST(SingleLabelMetric, TakesTheBestScoreAboveTheThreshold) {
  const at::Tensor scores = at::tensor({.9, .1, .4, .6, .8, .2, .55, .45}).view({4, 2});
  SingleLabelMetric metric({.thrs = {0.0, 0.58}, .items = {"precision", "recall"}, .average = std::nullopt});
  const MetricMap figures = in_halves(metric, scores, at::tensor({0, 1, 1, 0}), scored);
  const auto list = [&](const std::string& name) {
    std::vector<double> values;
    for (const State& each : figures.find(name)->items()) values.push_back(each.number());
    return values;
  };
  // Best: 0, 1, 0, 0; above 0.58 the last has none.
  EXPECT_THAT(list("precision_thr-0.00_classwise"), ElementsAre(testing::DoubleNear(200. / 3, 1e-9), 100));
  EXPECT_THAT(list("recall_thr-0.00_classwise"), ElementsAre(100, 50));
  EXPECT_THAT(list("precision_thr-0.58_classwise"), ElementsAre(50, 100));
  EXPECT_THAT(list("recall_thr-0.58_classwise"), ElementsAre(50, 50));
}

TEST(SingleLabelMetric, NeedsTheNumberOfClassesWithoutScores) {
  SingleLabelMetric metric;
  EXPECT_THAT([&] { metric.process(labelled(at::tensor({0}), at::tensor({0}))); },
              ThrowsMessage<Error>(HasSubstr("help: num_classes=10")));
  EXPECT_THAT([] { SingleLabelMetric({.items = {"f1"}}); },
              ThrowsMessage<Error>(HasSubstr(
                  "SingleLabelMetric.items must be of 'precision', 'recall', 'f1-score' or 'support', got 'f1'")));
}

/// The figures of an evaluation whose rows are split over ranks: rank r sees the rows that `rows[r]` begins and ends at.
MetricMap on_ranks(const std::function<std::shared_ptr<Metric>()>& metric,
                   const std::function<Batch(int64_t, int64_t)>& make,
                   const std::vector<std::pair<int64_t, int64_t>>& rows) {
  std::vector<MetricMap> figures(rows.size());
  run_in_threads(static_cast<int>(rows.size()), [&](Ranks& ranks) {
    const auto [begin, end] = rows[static_cast<size_t>(ranks.rank())];
    Evaluator evaluator(std::vector{metric()});
    if (begin < end) evaluator.process(make(begin, end));
    figures[static_cast<size_t>(ranks.rank())] = evaluator.evaluate(ranks);
  });
  for (const MetricMap& each : figures) EXPECT_TRUE(each.state().equals(figures[0].state()));
  return figures[0];
}

TEST(Metrics, AreEqualForAnyNumberOfRanksThoughOneSawNoBatch) {
  const at::Tensor scores = at::rand({30, 5}, at::make_generator<at::CPUGeneratorImpl>(4));
  const at::Tensor labels = at::randint(0, 5, {30}, at::make_generator<at::CPUGeneratorImpl>(5), at::kLong);
  const auto of_scores = [&](int64_t begin, int64_t end) {
    return scored(scores.slice(0, begin, end), labels.slice(0, begin, end));
  };
  const auto of_labels = [&](int64_t begin, int64_t end) {
    return labelled(scores.argmax(1).slice(0, begin, end), labels.slice(0, begin, end));
  };
  const std::map<std::string, std::function<std::shared_ptr<Metric>()>> metrics = {
      {"accuracy",
       [] {
         return std::make_shared<Accuracy>(Accuracy::Options{.topk = {1, 3}});
       }},
      {"single label",
       [] { return std::make_shared<SingleLabelMetric>(SingleLabelMetric::Options{.num_classes = 5}); }},
      {"confusion", [] { return std::make_shared<ConfusionMatrix>(ConfusionMatrix::Options{.num_classes = 5}); }}};
  for (const auto& [name, metric] : metrics)
    for (const auto& make : {std::function<Batch(int64_t, int64_t)>(of_scores), {of_labels}}) {
      SCOPED_TRACE(name);
      const State whole = on_ranks(metric, make, {{0, 30}}).state();
      EXPECT_TRUE(on_ranks(metric, make, {{0, 11}, {11, 30}}).state().equals(whole));
      EXPECT_TRUE(on_ranks(metric, make, {{0, 11}, {11, 19}, {19, 30}}).state().equals(whole));
      EXPECT_TRUE(on_ranks(metric, make, {{0, 0}, {0, 11}, {11, 30}}).state().equals(whole)) << "the main one has none";
      EXPECT_TRUE(on_ranks(metric, make, {{0, 11}, {11, 30}, {30, 30}}).state().equals(whole));
    }
}

TEST(Metrics, AreMadeFromTheirConfigsInMmpretrainsSpelling) {
  Value accuracy = Value::dict(), single = Value::dict(), config = Value::dict();
  accuracy.as_dict().set("type", "Accuracy");
  accuracy.as_dict().set("topk", Value::tuple({1, 2}));
  single.as_dict().set("type", "SingleLabelMetric");
  single.as_dict().set("items", Value::list({"precision", "recall"}));
  single.as_dict().set("average", Value());
  single.as_dict().set("thrs", Value());
  config.as_dict().set("type", "Evaluator");
  config.as_dict().set("metrics", Value::list({accuracy, single}));
  const auto evaluator = Evaluator::Registry::build(config, "mmpretrain");
  evaluator->process(scored(at::rand({4, 3}), at::tensor({0, 1, 2, 0})));
  std::vector<std::string> names;
  for (const auto& each : evaluator->evaluate()) names.push_back(each.name);
  EXPECT_THAT(names, ElementsAre("accuracy/top1", "accuracy/top2", "single-label/precision_classwise",
                                 "single-label/recall_classwise"));
}

}  // namespace
}  // namespace millrace::classification
