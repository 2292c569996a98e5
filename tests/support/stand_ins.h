#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "millrace/config/value.h"

namespace millrace {

/// What golden/hook_order.json was recorded with: a dataset whose item i is {inputs: [i + 1], data_samples: i}, a model
/// of one weight w = 1 whose loss is mean(w x inputs), a metric that counts samples, and hooks that write down each
/// point.
///
/// The classes are registered; the recorders write here.
std::vector<nlohmann::json>& recorded_trace();

/// A golden file below tests/golden.
nlohmann::json read_golden(const std::string& name);
Value value_of(const nlohmann::json& json);

/// What the calls of a golden case gave.
struct GoldenRun {
  std::vector<nlohmann::json> trace;
  std::vector<std::string> files;     // *.pth of the work dir, sorted
  std::vector<std::string> messages;  // of the log at level INFO
  std::vector<nlohmann::json> records;
  nlohmann::json test_json;
  std::string error;
};

/// Runs a golden case in a folder of its own: the case's `first` run, then its calls.
GoldenRun run_golden_case(const nlohmann::json& golden);

}  // namespace millrace
