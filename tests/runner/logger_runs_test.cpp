#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/support/stand_ins.h"

namespace millrace {
namespace {

using nlohmann::json;

/// A line with what a clock measured, and the run's name, as `*`: as the golden lines have it.
std::string without_times(std::string line) {
  line = std::regex_replace(line, std::regex("Exp name: .*"), "Exp name: *");
  line = std::regex_replace(line, std::regex("eta: ([0-9]+ days?, )?[0-9]+:[0-9:]+"), "eta: *");
  return std::regex_replace(line, std::regex("\\b(data_time|time): [0-9.]+"), "$1: *");
}

bool is_golden_line(const std::string& line) {
  for (const char* begin : {"Epoch(", "Iter(", "Exp name: ", "Saving checkpoint at "})
    if (line.rfind(begin, 0) == 0) return true;
  return false;
}

/// Lines are equal, save that a printed loss may differ in its last digit.
void expect_line(const std::string& ours, const std::string& golden) {
  static const std::regex kLoss("loss: (-?[0-9.]+)");
  std::smatch a, b;
  if (ours != golden && std::regex_search(ours, a, kLoss) && std::regex_search(golden, b, kLoss)) {
    EXPECT_NEAR(std::stod(a[1]), std::stod(b[1]), 1.5e-4) << ours << "\n" << golden;
    EXPECT_EQ(std::regex_replace(ours, kLoss, "loss"), std::regex_replace(golden, kLoss, "loss"));
  } else {
    EXPECT_EQ(ours, golden);
  }
}

void expect_record(json ours, const json& golden) {
  for (const char* key : {"time", "data_time", "memory"}) ours.erase(key);
  ASSERT_EQ(ours.size(), golden.size()) << ours.dump() << " / " << golden.dump();
  for (const auto& [key, value] : golden.items()) {
    ASSERT_TRUE(ours.contains(key)) << key << " in " << ours.dump();
    if (value.is_number())
      EXPECT_NEAR(ours[key].get<double>(), value.get<double>(), 1e-6 * std::max(1.0, std::abs(value.get<double>())))
          << key;
    else EXPECT_EQ(ours[key], value);
  }
}

/// A known difference: where nobody says it, a run by iterations logs iterations. MMEngine's lines count an epoch.
constexpr const char* kByIterations = "iter_based_default_processor";

TEST(LoggerRuns, OfIterationsCountIterations) {
  for (const json& golden : read_golden("logger_runs.json")) {
    if (golden["name"] != kByIterations) continue;
    const GoldenRun ours = run_golden_case(golden);
    std::vector<std::string> heads;
    for (const std::string& message : ours.messages)
      if (message.starts_with("Iter(") || message.starts_with("Epoch(") || message.starts_with("Saving "))
        heads.push_back(message.substr(0, message.find("  ")));
    EXPECT_THAT(heads, testing::ElementsAre("Iter(train) [2/6]", "Iter(val) [1/1]", "Iter(train) [4/6]",
                                            "Saving checkpoint at 4 iterations", "Iter(train) [6/6]",
                                            "Saving checkpoint at 6 iterations", "Iter(val) [1/1]"));
    std::vector<int64_t> steps;
    for (const json& record : ours.records) {
      EXPECT_FALSE(record.contains("epoch"));
      steps.push_back(record["step"]);
    }
    EXPECT_THAT(steps, testing::ElementsAre(2, 3, 4, 6, 6));
  }
}

TEST(LoggerRuns, WriteTheGoldenLinesAndRecords) {
  const json cases = read_golden("logger_runs.json");
  ASSERT_EQ(cases.size(), 13U);
  for (const json& golden : cases) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    if (golden["name"] == kByIterations) continue;
    const GoldenRun ours = run_golden_case(golden);
    ASSERT_EQ(ours.error, "");
    std::vector<std::string> lines;
    for (const std::string& message : ours.messages)
      if (is_golden_line(message)) lines.push_back(without_times(message));
    const auto expected = golden["lines"].get<std::vector<std::string>>();
    ASSERT_EQ(lines.size(), expected.size()) << testing::PrintToString(lines);
    for (size_t i = 0; i < lines.size(); ++i) expect_line(lines[i], expected[i]);
    ASSERT_EQ(ours.records.size(), golden["records"].size());
    for (size_t i = 0; i < ours.records.size(); ++i) expect_record(ours.records[i], golden["records"][i]);
    if (golden["test_json"].is_null()) continue;
    // MMEngine writes an integer metric as null; the number is right.
    for (const auto& [key, value] : golden["test_json"].items()) {
      ASSERT_TRUE(ours.test_json.contains(key)) << ours.test_json.dump();
      if (!value.is_null()) EXPECT_EQ(ours.test_json[key], value);
      else EXPECT_TRUE(ours.test_json[key].is_number_integer());
    }
  }
}

}  // namespace
}  // namespace millrace
