#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/stand_ins.h"

namespace millrace {
namespace {

using nlohmann::json;

/// What follows of a hook's place in the trace: all events up to the next save or another point.
bool same_group(const std::string& a, const std::string& b) { return a == b; }

/// The golden trace with what Millrace does differently (golden/README.md, "Where Millrace differs"): a save comes after
/// the last hook of its point, when the iteration or epoch counts as done, so its epoch and iter are those of its meta and
/// its lr and records those of the next event; hooks that had the save before them see the previous last_checkpoint.
std::vector<json> expected_trace(const json& golden) {
  std::vector<json> trace(golden["trace"].begin(), golden["trace"].end());
  for (size_t i = 0; i < trace.size(); ++i) {
    if (trace[i][0] != "before_save_checkpoint") continue;
    // Within the save's own point, hooks behind it in MMEngine's order come before it here. `point` is where it was asked for.
    size_t end = i + 1;
    const json last = trace[i][1].value("last_checkpoint", json());
    const bool best = trace[i][1].value("stage", json()) == "val";
    const std::string point = best ? "after_val_epoch" : golden["config"]["train_cfg"].value("by_epoch", true) ? "" : "";
    while (end < trace.size()) {
      const std::string name = trace[end][0];
      const bool of_point = name == "after_train_iter" || name == "after_train_epoch" || name == "after_val_epoch";
      // The events of one point directly behind the save, each by another hook.
      if (!of_point || (end > i + 1 && !same_group(trace[i + 1][0], name))) break;
      // after_train_epoch behind a save that an iteration asked for is a point of its own.
      const json meta = trace[i][1]["meta"];
      if (name == "after_train_epoch" && meta["epoch"] == trace[end][1]["epoch"]) break;
      if (name == "after_train_iter" && meta["iter"] != trace[end][1]["iter"].get<int64_t>() + 1) break;
      if (!best && name == "after_val_epoch") break;
      if (trace[end][1].contains("last_checkpoint")) trace[end][1]["last_checkpoint"] = last;
      ++end;
    }
    const json save = trace[i];
    trace.erase(trace.begin() + static_cast<std::ptrdiff_t>(i));
    trace.insert(trace.begin() + static_cast<std::ptrdiff_t>(end - 1), save);
    json& facts = trace[end - 1][1];
    facts["epoch"] = facts["meta"]["epoch"];
    facts["iter"] = facts["meta"]["iter"];
    if (end < trace.size() && facts.contains("lr")) {
      facts["lr"] = trace[end][1].value("lr", facts["lr"]);
      if (trace[end][1].contains("records")) facts["records"] = trace[end][1]["records"];
    }
    i = end - 1;
  }
  return trace;
}

/// Whether an event of ours agrees: every fact that the golden one has is equal; a checkpoint may have more keys.
std::string difference(const json& ours, const json& golden) {
  if (ours[0] != golden[0]) return "another point";
  for (const auto& [name, value] : golden[1].items()) {
    if (!ours[1].contains(name)) {
      if (value.is_null()) continue;
      return name + " is missing";
    }
    const json& own = ours[1][name];
    if (name == "keys") {
      for (const json& key : value)
        if (std::find(own.begin(), own.end(), key) == own.end()) return "no key " + key.dump();
    } else if (own != value) {
      return name + " is " + own.dump() + ", not " + value.dump();
    }
  }
  return "";
}

void expect_trace(const std::string& name, const std::vector<json>& ours, const std::vector<json>& golden) {
  for (size_t i = 0; i < std::max(ours.size(), golden.size()); ++i) {
    ASSERT_LT(i, ours.size()) << name << ": the trace ends before " << golden[i].dump();
    ASSERT_LT(i, golden.size()) << name << ": more than the golden trace: " << ours[i].dump();
    const std::string what = difference(ours[i], golden[i]);
    ASSERT_EQ(what, "") << name << ", event " << i << "\n  ours   " << ours[i].dump() << "\n  golden " << golden[i].dump();
  }
}

/// Cases whose trace is another one on purpose, and why.
const std::map<std::string, std::string>& cases_of_their_own() {
  static const std::map<std::string, std::string> kCases = {
      {"resume_epoch_loop_in_mid_epoch", "a resume goes on at the exact batch"},
      {"resume_iter_loop", "the schedule is followed from step 0 under the new settings"},
      {"checkpoint_without_interval", "an entry without interval keeps the default's interval 1"},
      {"stop_in_iter_loop", "a stop saves where it ends"},
      {"interrupted_by_the_keyboard", "an exception in a hook ends the call without a save"},
  };
  return kCases;
}

TEST(HookOrder, EqualsTheGoldenTraces) {
  int compared = 0;
  for (const json& golden : read_golden("hook_order.json")) {
    const std::string name = golden["name"];
    if (cases_of_their_own().count(name)) continue;
    SCOPED_TRACE(name);
    const GoldenRun ours = run_golden_case(golden);
    expect_trace(name, ours.trace, expected_trace(golden));
    EXPECT_EQ(!ours.error.empty(), golden.contains("error") && !golden["error"].is_null()) << ours.error;
    EXPECT_EQ(ours.files, golden["files"].get<std::vector<std::string>>());
    ++compared;
  }
  EXPECT_EQ(compared, 43 - static_cast<int>(cases_of_their_own().size()));
}

}  // namespace
}  // namespace millrace
