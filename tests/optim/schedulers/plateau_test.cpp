// ReduceOnPlateau against MMEngine: plateau.json is made by make_plateau_series.py.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/optim/schedulers/linear_lr.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/optim/schedulers/reduce_on_plateau_lr.h"
#include "millrace/structures/metric_map.h"
#include "tests/support/places.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

constexpr int kEpochLength = 2;

/// An optimizer of lr 1 with schedules, trained in epochs of two iterations with a validation after each.
class ValidatedSchedule {
 public:
  explicit ValidatedSchedule(const std::string& schedules, int epochs = 20,
                             const std::string& optimizer = "{'type': 'SGD', 'lr': 1.0, 'momentum': 0.9}")
      : optim(toy_.wrap(config_text("{'optimizer': " + optimizer + "}"))),
        all(Horizon{.max_epochs = epochs, .max_iters = epochs * kEpochLength, .iters_per_epoch = kEpochLength}) {
    const Value configs = config_text(schedules);
    for (const Value& one : configs.items()) all.add(ParamScheduler::Registry::build(one, "", *optim));
  }
  void train_epoch(double metric) {
    for (int i = 0; i < kEpochLength; ++i) all.step_iter();
    all.step_epoch();
    all.observe({{"loss", metric}});
    ++epochs_;
  }
  std::vector<double> lrs(const std::vector<double>& metrics) {
    std::vector<double> values;
    for (const double metric : metrics) {
      train_epoch(metric);
      values.push_back(optim->lr());
    }
    return values;
  }
  /// As the Runner resumes: optimizers first.
  bool resume(const ValidatedSchedule& saved) {
    optim->load_state_dict(saved.optim->state_dict());
    epochs_ = saved.epochs_;
    return all.resume(saved.all.state_dict(), epochs_ * kEpochLength, epochs_, kEpochLength);
  }

 private:
  Toy toy_;
  int epochs_ = 0;

 public:
  std::shared_ptr<OptimWrapper> optim;
  ParamSchedulers all;
};

struct PlateauSeries {
  json data;
  friend std::ostream& operator<<(std::ostream& out, const PlateauSeries& one) { return out << one.data["name"]; }
};

class AsMMEnginesPlateau : public testing::TestWithParam<PlateauSeries> {};

TEST_P(AsMMEnginesPlateau, MovesTheSameValuesAndRemembersTheSame) {
  const json& golden = GetParam().data;
  ValidatedSchedule schedule(golden["param_scheduler"].dump(), 1'000'000'000, golden["optimizer"].dump());
  for (size_t k = 0; k < golden["metrics"].size(); ++k) {
    schedule.train_epoch(golden["metrics"][k]);
    EXPECT_NEAR(schedule.optim->lr(), golden["values"][k][0].get<double>(), 1e-12) << "epoch " << k;
    EXPECT_NEAR(schedule.optim->momentum(), golden["values"][k][1].get<double>(), 1e-12) << "epoch " << k;
  }
  const State saved = schedule.all.state_dict();
  const auto plateau = std::find_if(saved.items().begin(), saved.items().end(),
                                    [](const State& state) { return state.find("num_bad_epochs"); });
  for (const json& key : golden["keys"]) EXPECT_NE(plateau->find(key.get<std::string>()), nullptr) << key;
  for (const auto& [key, value] : golden["state"].items()) {
    if (value.is_array()) EXPECT_NEAR(plateau->at(key).items()[0].number(), value[0].get<double>(), 1e-12) << key;
    else EXPECT_NEAR(plateau->at(key).number(), value.get<double>(), 1e-12) << key;
  }
}

std::vector<PlateauSeries> plateau_series() {
  std::ifstream file(source_path("/tests/optim/schedulers/plateau.json"));
  std::vector<PlateauSeries> all;
  for (const json& golden : json::parse(file)) all.push_back({golden});
  return all;
}

INSTANTIATE_TEST_SUITE_P(MMEngine, AsMMEnginesPlateau, testing::ValuesIn(plateau_series()),
                         [](const auto& info) { return info.param.data["name"].template get<std::string>(); });

TEST(ReduceOnPlateauLR, TakesAnyFirstMetricForBetter) {  // MMEngine's first best is 1e9
  ValidatedSchedule schedule("[{'type': 'ReduceOnPlateauLR', 'patience': 1, 'factor': 0.5}]");
  EXPECT_THAT(schedule.lrs({3e9, 2e9, 2.5e9, 2.5e9}), Pointwise(DoubleNear(0), {1., 1., 1., 0.5}));
}

constexpr const char* kPlateau = "[{'type': 'ReduceOnPlateauLR', 'patience': 1, 'factor': 0.5, 'cooldown': 1}]";

TEST(ReduceOnPlateauLR, IsGivenTheMetricOfItsMonitor) {
  ValidatedSchedule schedule("[{'type': 'ReduceOnPlateauLR', 'monitor': 'top1', 'rule': 'greater', 'patience': 0}]");
  schedule.all.observe({{"accuracy/top1", 0.5}, {"accuracy/top5", 0.9}});
  schedule.all.observe({{"accuracy/top1", 0.4}, {"accuracy/top5", 0.95}});
  EXPECT_DOUBLE_EQ(schedule.optim->lr(), 0.1);
  EXPECT_THAT([&] { schedule.all.observe({{"loss", 1.0}}); }, ThrowsMessage<Error>(HasSubstr("no metric 'top1'")));
}

TEST(ReduceOnPlateauLR, GoesOnBitForBitAtEveryEpoch) {
  const std::vector<double> metrics = {1, 1, 1, 1, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 0.2, 0.3};
  const std::vector<double> expected = ValidatedSchedule(kPlateau).lrs(metrics);
  for (size_t stop = 0; stop <= metrics.size(); ++stop) {
    const auto middle = metrics.begin() + static_cast<int64_t>(stop);
    ValidatedSchedule first(kPlateau), second(kPlateau);
    first.lrs({metrics.begin(), middle});
    EXPECT_TRUE(second.resume(first));
    EXPECT_EQ(second.lrs({middle, metrics.end()}),
              std::vector<double>(expected.begin() + static_cast<int64_t>(stop), expected.end()))
        << "stopped after epoch " << stop;
  }
}

TEST(ReduceOnPlateauLR, KeepsWhatItObservedUnderOtherSettings) {
  ValidatedSchedule first(kPlateau, 20), second(kPlateau, 40);  // the end is a setting
  const std::vector<double> before = {1, 1, 1, 1, 1, 0.1, 0.2}, after = {0.3, 0.3, 0.3};
  first.lrs(before);
  EXPECT_FALSE(second.resume(first));
  EXPECT_EQ(second.optim->lr(), first.optim->lr());
  EXPECT_EQ(second.lrs(after), first.lrs(after));
}

TEST(ReduceOnPlateauLR, RepeatsItsReductionsAmongSchedulesThatAreReplayed) {
  const auto schedules = [](const char* warm_up) {
    return "[{'type': 'LinearLR', 'start_factor': " + std::string(warm_up) +
           ", 'end': 4}, {'type': 'ReduceOnPlateauLR', 'patience': 0, 'factor': 0.5}]";
  };
  const std::vector<double> metrics = {1, 1, 1, 0.5, 0.6};
  ValidatedSchedule first(schedules("0.1")), second(schedules("0.2")), other(schedules("0.2"));
  first.lrs(metrics);
  other.lrs(metrics);
  EXPECT_FALSE(second.resume(first));
  EXPECT_DOUBLE_EQ(second.optim->lr(), other.optim->lr());
}

TEST(ReduceOnPlateauLR, TakesOneLowestValueForEachGroupOfAFile) {
  Toy toy({1.0, 1.0});
  const auto optim =
      toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 1.0},"
                           " 'paramwise_cfg': {'custom_keys': {'p1': {'lr_mult': 0.5}}}}"));
  ParamSchedulers all({.max_epochs = 9});
  all.add(std::make_shared<ReduceOnPlateauLR>(*optim,
                                              ReduceOnPlateauLR::Options{.patience = 0, .min_value = {0.3, 0.2, 0.4}}));
  all.observe({{"loss", 1.0}});
  all.observe({{"loss", 1.0}});
  EXPECT_EQ(optim->groups()[0].lr(), 0.3);
  EXPECT_EQ(optim->groups()[1].lr(), 0.2);
  EXPECT_EQ(*optim->base_lr(), 0.4);
  EXPECT_THAT(
      [&] {
        all.add(std::make_shared<ReduceOnPlateauLR>(*optim, ReduceOnPlateauLR::Options{.min_value = {0.3, 0.2}}));
      },
      ThrowsMessage<Error>(HasSubstr("min_value lists 2 values, the optimizer has 3 parameter groups")));
}

TEST(ReduceOnPlateauLR, RefusesIterations) {
  EXPECT_THAT([] { ValidatedSchedule("[{'type': 'ReduceOnPlateauLR', 'by_epoch': false}]"); },
              ThrowsMessage<Error>(HasSubstr("by_epoch must be True: it acts after validations")));
  EXPECT_THAT([] { ValidatedSchedule("[{'type': 'ReduceOnPlateauLR', 'convert_to_iter_based': true}]"); },
              ThrowsMessage<Error>(HasSubstr("convert_to_iter_based has no meaning here")));
  EXPECT_THAT([] { ValidatedSchedule("[{'type': 'ReduceOnPlateauLR', 'factor': 1.0}]"); },
              ThrowsMessage<Error>(HasSubstr("factor must be at least 0 and below 1, got 1.0")));
}

}  // namespace
}  // namespace millrace
