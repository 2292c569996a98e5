#include "millrace/runner/log_processor.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/base/error.h"
#include "tests/support/places.h"

namespace millrace {
namespace {
using testing::HasSubstr, testing::ThrowsMessage;
using At = LogState::At;

nlohmann::ordered_json golden_log_lines() {
  std::ifstream file(source_path("/tests/golden/log_lines.json"));
  return nlohmann::ordered_json::parse(file);
}

double log_number(const nlohmann::ordered_json& json) {
  if (json.is_number()) return json.get<double>();
  return json == "nan" ? std::nan("") : json == "inf" ? INFINITY : -INFINITY;
}

Value log_config(const nlohmann::ordered_json& json) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    Value::Items items;
    for (const auto& item : json) items.push_back(log_config(item));
    return Value::list(std::move(items));
  }
  Value dict = Value::dict();
  for (const auto& [key, item] : json.items()) dict.as_dict().set(key, log_config(item));
  return dict;
}

State log_info(const nlohmann::ordered_json& json) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  State::List items;
  for (const auto& item : json) items.push_back(log_info(item));
  return State::list(std::move(items));
}

MessageHub log_hub(const nlohmann::ordered_json& item) {
  MessageHub hub;
  for (const auto& [name, entries] : item["scalars"].items()) {
    for (const auto& entry : entries) {
      const auto& value = entry.is_array() ? entry[0] : entry;
      const double count = entry.is_array() ? entry[1].get<double>() : 1;
      hub.update(name, Number(log_number(value), value.is_number_integer()), count);
    }
  }
  for (const auto& [name, value] : item["state"]["infos"].items()) hub.update_info(name, log_info(value));
  return hub;
}

LogState golden_log_state(const nlohmann::ordered_json& json) {
  LogState state;
  state.mode = json["mode"] == "train" ? Mode::train : json["mode"] == "val" ? Mode::val : Mode::test;
  state.at = json["at"] == "iter" ? At::iter : At::epoch;
  state.batch_idx = json["batch_idx"];
  state.epoch = json["epoch"];
  state.iter = json["iter"];
  state.max_epochs = json["max_epochs"];
  state.max_iters = json["max_iters"];
  state.loader_length = json["loader_length"];
  state.train_loop_built = json["train_loop_built"];
  state.with_non_scalar = json.value("with_non_scalar", false);
  if (!json["eta"].is_null()) state.eta_s = json["eta"].get<double>();
  if (!json["memory"].is_null()) state.memory_mb = json["memory"].get<int64_t>();
  return state;
}

std::shared_ptr<LogProcessor> built_log_processor(const nlohmann::ordered_json& config) {
  Value value = log_config(config);
  value.as_dict().set("type", "LogProcessor");
  return LogProcessor::Registry::build(value, "");
}

void expect_same_log_value(const State& actual, const nlohmann::ordered_json& expected, const std::string& where) {
  const bool is_float = expected.is_number_float() || expected == "nan" || expected == "inf" || expected == "-inf";
  if (!is_float || actual.kind() != State::Kind::number) {
    EXPECT_TRUE(actual.equals(log_info(expected))) << where << ": expected " << expected;
    return;
  }
  const double value = log_number(expected);
  if (std::isfinite(value)) EXPECT_NEAR(actual.number(), value, 1e-12 * std::abs(value)) << where;
  else EXPECT_TRUE(actual.equals(State(value))) << where;
}

TEST(LogProcessor, ShowsTheLossesOfAValidationsIteration) {
  MessageHub hub;
  hub.update("val/loss_cls", 0.25);
  hub.update("val/accuracy", 0.5);
  LogState state;
  state.mode = Mode::val;
  state.at = At::iter;
  state.batch_idx = 9;
  state.loader_length = 15;
  state.train_loop_built = true;
  const auto line_of = [&](bool with_hierarchy) {
    return LogProcessor({.log_with_hierarchy = with_hierarchy}).record(state, hub).line;
  };
  EXPECT_EQ(line_of(false), "Epoch(val) [0][10/15]    loss_cls: 0.2500");
  EXPECT_EQ(line_of(true), "Epoch(val) [0][10/15]    loss_cls: 0.2500");
}

TEST(LogProcessor, MatchesReferenceLines) {
  int cases = 0;
  for (const auto& item : golden_log_lines()) {
    const std::string name = item["name"];
    const auto& expected = item["expected"];
    ++cases;
    const auto run = [&] {
      return built_log_processor(item["log_processor"])->record(golden_log_state(item["state"]), log_hub(item));
    };
    if (expected.contains("error")) {
      EXPECT_THROW(run(), Error) << name;
      continue;
    }
    const LogRecord record = run();
    // MMEngine never shows a loss in the line of a validation's iteration (docs/why.md, 26).
    const std::string losses = name == "epoch_val_iter_with_losses" ? "loss: 1.5000" : "";
    EXPECT_EQ(record.line, expected["line"].get<std::string>() + losses) << name;
    ASSERT_EQ(record.tag.size(), expected["tag"].size()) << name;
    for (size_t i = 0; i < record.tag.size(); ++i) {
      EXPECT_EQ(record.tag[i].first, expected["tag"][i][0].get<std::string>()) << name;
      expect_same_log_value(record.tag[i].second, expected["tag"][i][1], name + " " + record.tag[i].first);
    }
  }
  EXPECT_EQ(cases, 63);
}

LogState tenth_iteration() {
  return {.batch_idx = 9, .iter = 9, .max_epochs = 3, .max_iters = 90, .loader_length = 30};
}

TEST(LogProcessor, SaysOfNumbersWhatWasTrueWhenTheyWereTaken) {
  MessageHub hub;
  hub.update("train/lr", 0.1);
  hub.update("train/loss", 1.5);
  LogProcessor processor;
  const LogNumbers numbers = processor.numbers(tenth_iteration(), hub);
  const LogRecord then = processor.record(tenth_iteration(), hub);
  hub.update("train/loss", 99);
  hub.update("train/late", 1);
  EXPECT_EQ(processor.line(numbers), "Epoch(train) [1][10/30]  lr: 1.0000e-01  loss: 1.5000");
  EXPECT_EQ(processor.line(numbers), then.line);
  const auto tag = processor.tag(numbers);
  ASSERT_EQ(tag.size(), then.tag.size());
  for (size_t i = 0; i < tag.size(); ++i) {
    EXPECT_EQ(tag[i].first, then.tag[i].first);
    EXPECT_TRUE(tag[i].second.equals(then.tag[i].second)) << tag[i].first;
  }
}

TEST(LogProcessor, SeesNamesThatComeLater) {
  MessageHub hub;
  hub.update("train/loss", 1.5);
  LogProcessor processor;
  processor.record(tenth_iteration(), hub);
  hub.update("val/acc", 0.25);
  hub.update("train/acc", 0.5);
  EXPECT_EQ(processor.record(tenth_iteration(), hub).line, "Epoch(train) [1][10/30]    loss: 1.5000  acc: 0.5000");
}

TEST(LogProcessor, ServesSeveralHubs) {
  LogProcessor processor;
  for (const char* name : {"acc", "loss", "acc"}) {
    MessageHub hub;
    hub.update(std::string("train/") + name, 1.0);
    hub.update(std::string("train/") + name, 2.0);
    const std::string expected = std::string(name) == "loss" ? "loss: 1.5000" : "acc: 2.0000";
    EXPECT_THAT(processor.record(tenth_iteration(), hub).line, HasSubstr(expected));
  }
}

TEST(LogProcessor, PassesFurtherKeysToAddedStatistics) {
  MessageHub hub;
  hub.update("train/loss", 4.0);
  hub.add_statistic("scaled", [](const HistoryBuffer& history, const HistoryBuffer::Arguments& arguments) -> Number {
    return history.current().value * arguments.front().second.as_number();
  });
  const auto processor = built_log_processor(nlohmann::ordered_json::parse(
      R"({"custom_cfg": [{"data_src": "loss", "method_name": "scaled", "log_name": "half", "factor": 0.5}]})"));
  EXPECT_EQ(processor->record(tenth_iteration(), hub).line, "Epoch(train) [1][10/30]    loss: 4.0000  half: 2.0000");
}

TEST(LogProcessor, TakesStatisticsFromCode) {
  MessageHub hub;
  for (const double loss : {3.0, 1.0}) hub.update("train/loss", loss);
  using Statistics = std::vector<LogProcessor::Statistic>;
  LogProcessor processor(
      {.custom_cfg = Statistics{{.data_src = "loss", .method_name = "max", .log_name = "worst", .window_size = 2}}});
  EXPECT_EQ(processor.record(tenth_iteration(), hub).line, "Epoch(train) [1][10/30]    loss: 2.0000  worst: 3.0000");
}

TEST(LogProcessor, PrintsTensorsOnLinesOfTheirOwn) {
  MessageHub hub;
  hub.update("val/acc", 0.5);
  hub.update_info("val/confusion", at::tensor({1, 2, 3, 4}, at::kLong).reshape({2, 2}));
  hub.update_info("val/per_class", at::tensor({0.5, 0.25}));
  const LogState state = {.mode = Mode::val, .at = At::epoch, .batch_idx = 5, .epoch = 1, .loader_length = 5};
  EXPECT_EQ(LogProcessor().record(state, hub).line,
            "Epoch(val) [1][5/5]    acc: 0.5000  confusion: \n[[1, 2],\n [3, 4]]\n  per_class: \n[0.5000, 0.2500]\n");
}

TEST(LogProcessor, LeavesOutAnEtaThatIsNoTime) {
  MessageHub hub;
  hub.update("train/time", 0.5);
  hub.update("train/data_time", 0.25);
  LogState state = tenth_iteration();
  for (const double eta_s : {HUGE_VAL, std::nan("")}) {
    state.eta_s = eta_s;
    EXPECT_EQ(LogProcessor().record(state, hub).line, "Epoch(train) [1][10/30]    time: 0.5000  data_time: 0.2500");
  }
}

TEST(LogProcessor, IgnoresCaseWhereThePatternSaysSo) {
  MessageHub hub;
  for (const double value : {1.0, 2.0}) hub.update("train/LOSS", value);
  EXPECT_THAT(LogProcessor({.mean_pattern = "(?i)loss"}).record(tenth_iteration(), hub).line,
              HasSubstr("LOSS: 1.5000"));
}

TEST(LogProcessor, SurvivesANameOfAnyLength) {
  MessageHub hub;
  hub.update("train/" + std::string(1'000'000, 'x'), 1.0);
  EXPECT_THAT(LogProcessor().record(tenth_iteration(), hub).line, testing::EndsWith("xxx: 1.0000"));
}

TEST(LogProcessor, RefusesWhatCannotBeMeant) {
  EXPECT_THAT([] { LogProcessor({.mean_pattern = "("}); },
              ThrowsMessage<Error>(HasSubstr("mean_pattern '(' is not a regular expression")));
  EXPECT_THAT([] { LogProcessor({.num_digits = -1}); }, ThrowsMessage<Error>(HasSubstr("num_digits must be")));
  const auto with = [](const char* entries) {
    return [entries] { built_log_processor({{"custom_cfg", nlohmann::ordered_json::parse(entries)}}); };
  };
  EXPECT_THAT(with(R"([{"data_src": "loss", "method_name": "current", "window_size": 5}])"),
              ThrowsMessage<Error>(
                  HasSubstr("custom_cfg: the entry for 'loss' has method_name 'current', which takes no window_size")));
  EXPECT_THAT(with(R"([{"data_scr": "loss", "method_name": "mean"}])"),
              ThrowsMessage<Error>(HasSubstr("custom_cfg has no key 'data_scr'; did you mean 'data_src'?")));
  EXPECT_THAT(with(R"([{"data_src": "loss", "window_size": 5}])"),
              ThrowsMessage<Error>(HasSubstr("custom_cfg needs the key 'method_name'")));
  EXPECT_THAT(with(R"([{"data_src": "loss", "method_name": "mean", "log_name": "x"},
                       {"data_src": "acc", "method_name": "max", "log_name": "x"}])"),
              ThrowsMessage<Error>(HasSubstr("custom_cfg: two entries have the log_name 'x'")));
}

TEST(LogProcessor, DescribesItsOptions) {
  EXPECT_EQ(schema_of<LogProcessor>().flaw(), "");
  LogProcessor::Options options;
  options.custom_cfg =
      std::vector<LogProcessor::Statistic>{{.data_src = "loss", .method_name = "mean", .window_size = 2}};
  const Value dump = schema_of<LogProcessor>().dump(&options);
  EXPECT_EQ(dump.find("custom_cfg")->items().at(0).find("window_size")->as_integer(), 2);
  EXPECT_TRUE(dump.find("by_epoch")->is_null()) << "as the train loop does";
}

}  // namespace
}  // namespace millrace
