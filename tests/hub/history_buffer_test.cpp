#include "millrace/hub/history_buffer.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "millrace/base/error.h"
#include "tests/support/places.h"

namespace millrace {
namespace {
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::ThrowsMessage;

nlohmann::json golden_histories() {
  std::ifstream file(source_path("/tests/golden/history_buffer.json"));
  return nlohmann::json::parse(file);
}

Number history_number(const nlohmann::json& json) {
  if (json.is_string()) return json == "nan" ? std::nan("") : json == "inf" ? INFINITY : -INFINITY;
  if (json.is_number_integer()) return json.get<int64_t>();
  return json.get<double>();
}

void expect_close_statistic(const Number& actual, const nlohmann::json& expected, const std::string& where) {
  const double value = history_number(expected).value;
  if (std::isnan(value)) EXPECT_TRUE(std::isnan(actual.value)) << where;
  else EXPECT_NEAR(actual.value, value, 1e-12 * std::abs(value)) << where;
}

HistoryBuffer golden_history(const nlohmann::json& item) {
  const int64_t max_length =
      item["max_length"].is_null() ? HistoryBuffer::kMaxLength : item["max_length"].get<int64_t>();
  HistoryBuffer history(max_length);
  if (const auto& initial = item["initial"]; !initial.is_null()) {
    std::vector<Number> values;
    for (const auto& value : initial[0]) values.push_back(history_number(value));
    history = HistoryBuffer(values, initial[1].get<std::vector<double>>(), max_length);
  }
  for (const auto& update : item["updates"])
    history.update(history_number(update[0]), update.size() > 1 ? update[1].get<double>() : 1);
  return history;
}

HistoryBuffer::Arguments history_query(const nlohmann::json& query) {
  HistoryBuffer::Arguments arguments;
  for (const auto& [name, value] : query.items()) {
    if (name == "method") continue;
    arguments.emplace_back(name, value.is_number_integer() ? Value(value.get<int64_t>()) : Value(value.get<double>()));
  }
  return arguments;
}

TEST(HistoryBuffer, MatchesReference) {
  for (const auto& item : golden_histories()) {
    const std::string name = item["name"];
    const auto& expected = item["expected"];
    if (expected.contains("error")) {
      EXPECT_THROW(golden_history(item), Error) << name;
      continue;
    }
    const HistoryBuffer history = golden_history(item);
    for (size_t i = 0; i < item["queries"].size(); ++i) {
      const auto& query = item["queries"][i];
      const auto& result = expected["results"][i];
      const std::string where = name + " " + query.dump();
      const std::string method = query["method"];
      if (result.is_object()) EXPECT_THROW(history.statistic(method, history_query(query)), Error) << where;
      else expect_close_statistic(history.statistic(method, history_query(query)), result, where);
    }
    ASSERT_EQ(static_cast<size_t>(history.size()), expected["data"][0].size()) << name;
    for (int64_t i = 0; i < history.size(); ++i) {
      const auto at = static_cast<size_t>(i);
      expect_close_statistic(history.values()[at], expected["data"][0][at], name);
      expect_close_statistic(history.counts()[at], expected["data"][1][at], name);
    }
  }
}

TEST(HistoryBuffer, KnowsWhetherItHoldsIntegersAlone) {
  HistoryBuffer history;
  EXPECT_FALSE(history.is_integer());
  history.update(3);
  history.update(at::scalar_tensor(4, at::kLong));
  EXPECT_TRUE(history.current().is_integer);
  history.update(5.0);
  history.update(6);
  EXPECT_FALSE(history.current().is_integer);
}

TEST(HistoryBuffer, LeavesOutTheOldestForANegativeWindow) {
  const HistoryBuffer history({1, 2, 6}, {1, 1, 1});
  EXPECT_EQ(history.mean(-1), 4);
  EXPECT_EQ(history.max(-2).value, 6);
  EXPECT_TRUE(std::isnan(history.mean(-3)));
  EXPECT_THROW(history.max(-3), Error);
}

TEST(HistoryBuffer, KeepsTheNewestHoweverManyAreAppended) {
  HistoryBuffer history(3);
  for (int i = 0; i < 1000; ++i) {
    history.update(i, i);
    EXPECT_LE(history.size(), 3);
  }
  EXPECT_THAT(history.values(), ElementsAre(997, 998, 999));
  EXPECT_THAT(history.counts(), ElementsAre(997, 998, 999));
}

TEST(HistoryBuffer, ReadsTensorsOnTheCpuAtOnce) {
  at::Tensor loss = at::scalar_tensor(0.5, at::kFloat);
  HistoryBuffer history;
  history.update(loss);
  loss.fill_(7);
  history.update(at::ones({1, 1}, at::kBFloat16), 2);
  EXPECT_EQ(history.pending(), 0U);
  EXPECT_THAT(history.values(), ElementsAre(0.5, 1));
  EXPECT_THAT(history.counts(), ElementsAre(1, 2));
}

TEST(HistoryBuffer, RefusesTensorsThatAreNoNumber) {
  HistoryBuffer history;
  EXPECT_THAT([&] { history.update(at::ones({2})); }, ThrowsMessage<Error>(HasSubstr("got a tensor of 2 elements")));
  EXPECT_THROW(history.update(at::Tensor()), Error);
  EXPECT_THROW(history.update(at::ones({}, at::kComplexFloat)), Error);
}

TEST(HistoryBuffer, FetchesDeferredTensorsInTheirPlaces) {
  HistoryBuffer history;
  history.update(1);
  history.defer(at::scalar_tensor(2.5, at::kFloat));
  history.update(3.0);
  history.defer(at::ones({1}, at::kLong), 4);
  EXPECT_EQ(history.pending(), 2U);
  EXPECT_EQ(history.mean(), (1 + 2.5 + 3 + 1) / 7);
  EXPECT_EQ(history.pending(), 0U);
  EXPECT_THAT(history.values(), ElementsAre(1, 2.5, 3, 1));
}

TEST(HistoryBuffer, ReleasesTheGraphOfADeferredTensor) {
  const at::Tensor weight = at::ones({}, at::kFloat).requires_grad_();
  const at::Tensor saved = at::scalar_tensor(2, at::kFloat);  // the graph keeps it for the gradient of the weight
  at::Tensor loss = weight.mul(saved);
  HistoryBuffer history;
  history.defer(loss);
  loss.reset();
  EXPECT_EQ(saved.use_count(), 1U);
  EXPECT_EQ(history.current().value, 2);
}

TEST(HistoryBuffer, KeepsAtMostAThousandTensorsWaiting) {
  HistoryBuffer history(4);
  for (int i = 0; i < 5000; ++i) {
    history.defer(at::scalar_tensor(i, at::kDouble));
    EXPECT_LE(history.pending(), HistoryBuffer::kMaxPending);
  }
  EXPECT_THAT(history.values(), ElementsAre(4996, 4997, 4998, 4999));
}

TEST(HistoryBuffer, FetchesSeveralHistoriesTogether) {
  HistoryBuffer loss, accuracy, idle;
  loss.defer(at::scalar_tensor(1.5, at::kFloat));
  accuracy.defer(at::scalar_tensor(3, at::kLong));
  loss.defer(at::scalar_tensor(2.5, at::kFloat));
  const std::array<const HistoryBuffer*, 3> all = {&loss, &accuracy, &idle};
  HistoryBuffer::fetch(all);
  EXPECT_EQ(loss.pending() + accuracy.pending(), 0U);
  EXPECT_THAT(loss.values(), ElementsAre(1.5, 2.5));
  EXPECT_TRUE(accuracy.current().is_integer);
}

TEST(HistoryBuffer, ComesBackFromItsStateBitForBit) {
  HistoryBuffer history(100);
  for (int i = 1; i < 300; ++i) history.update(1.0 / i, i % 3);
  history.update(std::numeric_limits<double>::denorm_min());
  history.update(-0.0);
  const std::optional<HistoryBuffer> copy = HistoryBuffer::from_state(history.state_dict());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->max_length(), 100);
  EXPECT_TRUE(copy->state_dict().equals(history.state_dict()));
  EXPECT_TRUE(std::signbit(copy->current().value));
  EXPECT_THAT(copy->counts(), testing::ElementsAreArray(history.counts()));
}

TEST(HistoryBuffer, SavesIntegersAsIntegersAndEqualCountsAsOne) {
  HistoryBuffer history;
  for (const int value : {7, 8, 9}) history.update(value, 2);
  const State state = history.state_dict();
  EXPECT_EQ(state.at("values").tensor().scalar_type(), at::kLong);
  EXPECT_EQ(state.at("counts").tensor().numel(), 1);
  const std::optional<HistoryBuffer> copy = HistoryBuffer::from_state(state);
  ASSERT_TRUE(copy);
  EXPECT_TRUE(copy->is_integer());
  EXPECT_THAT(copy->counts(), ElementsAre(2, 2, 2));
}

TEST(HistoryBuffer, ReadsTheOriginalClass) {
  const State fields = State::dict({{"_log_history", State::list({1.5, 2.5})},
                                    {"_count_history", at::ones({2}, at::kLong)},
                                    {"_max_length", 50},
                                    {"_statistics_methods", State::dict()}});
  const State record(State::Record{"mmengine.logging.history_buffer.HistoryBuffer", State::tuple(), fields, {}});
  for (const State& state : {fields, record}) {
    const std::optional<HistoryBuffer> history = HistoryBuffer::from_state(state);
    ASSERT_TRUE(history);
    EXPECT_EQ(history->mean(), 2);
    EXPECT_EQ(history->max_length(), 50);
  }
}

TEST(HistoryBuffer, TellsWhatIsNoHistory) {
  EXPECT_FALSE(HistoryBuffer::from_state(State(1.5)));
  EXPECT_FALSE(HistoryBuffer::from_state(State::dict({{"values", at::ones({2})}})));
  EXPECT_FALSE(HistoryBuffer::from_state(State::dict({{"values", at::ones({3})}, {"counts", at::ones({2})}})));
  EXPECT_FALSE(HistoryBuffer::from_state(State::dict({{"values", State::list({"a"})}, {"counts", State::list({1})}})));
}

TEST(HistoryBuffer, SuggestsTheNearestStatistic) {
  EXPECT_THAT([] { HistoryBuffer({1}, {1}).statistic("curent"); },
              ThrowsMessage<Error>("a history has no statistic 'curent'; did you mean 'current'?\n"
                                   "  statistics: current, max, mean, min"));
}

}  // namespace
}  // namespace millrace
