#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/stand_ins.h"

namespace millrace {
namespace {

using nlohmann::json;

/// The golden trace with what Millrace does differently (golden/README.md, "Where Millrace differs"): a save comes
/// after the last hook of its point, when the iteration or epoch counts as done, so its epoch, iter, lr and
/// records are those of the next event; hooks that had the save before them see the previous
/// last_checkpoint.
std::vector<json> expected_trace(const json& golden) {
  std::vector<json> trace(golden["trace"].begin(), golden["trace"].end());
  for (size_t begin = 0; begin < trace.size(); ++begin) {
    if (trace[begin][0] != "before_save_checkpoint") continue;
    size_t saved = begin;  // one event for each recorder
    while (saved < trace.size() && trace[saved][0] == "before_save_checkpoint") ++saved;
    const json first = trace[begin][1];
    // Directly behind it, hooks of the point that asked for the save which MMEngine calls after it.
    size_t end = saved;
    for (; end < trace.size() && trace[end][0] == trace[saved][0]; ++end) {
      const json& facts = trace[end][1];
      const json& name = trace[end][0];
      const bool by_iter = name == "after_train_iter" && facts["iter"].get<int64_t>() + 1 == first["meta"]["iter"];
      const bool by_epoch = name == "after_train_epoch" && facts["epoch"].get<int64_t>() + 1 == first["meta"]["epoch"];
      if (!by_iter && !by_epoch && name != "after_val_epoch") break;
      if (facts.contains("last_checkpoint")) trace[end][1]["last_checkpoint"] = first["last_checkpoint"];
    }
    std::rotate(trace.begin() + static_cast<std::ptrdiff_t>(begin), trace.begin() + static_cast<std::ptrdiff_t>(saved),
                trace.begin() + static_cast<std::ptrdiff_t>(end));
    for (size_t i = end - (saved - begin); i < end; ++i) {
      json& facts = trace[i][1];
      facts["epoch"] = facts["meta"]["epoch"];  // where no event follows
      facts["iter"] = facts["meta"]["iter"];
      for (const char* after : {"epoch", "iter", "lr", "records"})
        if (facts.contains(after) && end < trace.size() && trace[end][1].contains(after))
          facts[after] = trace[end][1][after];
    }
    begin = end - 1;
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
    ASSERT_EQ(what, "") << name << ", event " << i << "\n  ours   " << ours[i].dump() << "\n  golden "
                        << golden[i].dump();
  }
}

/// Cases whose trace is another one on purpose, and why.
const std::map<std::string, std::string>& cases_of_their_own() {
  static const std::map<std::string, std::string> kCases = {
      {"resume_epoch_loop_in_mid_epoch", "a resume goes on at the exact batch"},
      {"resume_iter_loop", "the schedule is followed from step 0 under the new settings"},
      {"checkpoint_without_interval", "an entry without interval keeps the default's interval 1"},
      {"stop_in_iter_loop", "a stop saves where it ends"},
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

json case_named(const std::string& name) {
  for (const json& golden : read_golden("hook_order.json"))
    if (golden["name"] == name) return golden;
  throw std::runtime_error("no golden case " + name);
}

/// The values of one fact at every event of a point.
std::vector<json> facts_at(const std::vector<json>& trace, const std::string& point, const std::string& fact) {
  std::vector<json> values;
  for (const json& event : trace)
    if (event[0] == point) values.push_back(event[1][fact]);
  return values;
}

TEST(HookOrder, AResumeInMidEpochGoesOnAtTheExactBatch) {
  const GoldenRun ours = run_golden_case(case_named("resume_epoch_loop_in_mid_epoch"));
  EXPECT_EQ(facts_at(ours.trace, "before_train_iter", "iter"), (std::vector<json>{2, 3, 4, 5}));
  EXPECT_EQ(facts_at(ours.trace, "before_train_iter", "batch_idx"), (std::vector<json>{2, 0, 1, 2}));
  EXPECT_EQ(facts_at(ours.trace, "before_train_iter", "samples").front(), json({4, 5}));
  EXPECT_EQ(ours.files, (std::vector<std::string>{"iter_2.pth", "iter_4.pth", "iter_6.pth"}));
}

TEST(HookOrder, AResumeUnderOtherSettingsFollowsTheScheduleFromStepZero) {
  const json golden = case_named("resume_iter_loop");
  const GoldenRun ours = run_golden_case(golden);
  EXPECT_EQ(facts_at(ours.trace, "before_train_iter", "lr"), (std::vector<json>{0.03125, 0.015625}));
  // All but the rates is as in MMEngine.
  std::vector<json> expected = expected_trace(golden), trace = ours.trace;
  for (std::vector<json>* events : {&expected, &trace})
    for (json& event : *events) event[1].erase("lr");
  expect_trace("resume_iter_loop", trace, expected);
}

TEST(HookOrder, ACheckpointHookWithoutIntervalKeepsThatOfTheDefault) {
  const GoldenRun ours = run_golden_case(case_named("checkpoint_without_interval"));
  EXPECT_EQ(ours.files, (std::vector<std::string>{"epoch_1.pth", "epoch_2.pth"}));
}

TEST(HookOrder, AStopSavesWhereItEnds) {
  const GoldenRun ours = run_golden_case(case_named("stop_in_iter_loop"));
  EXPECT_EQ(ours.files, (std::vector<std::string>{"iter_2.pth", "iter_3.pth"}));
  EXPECT_EQ(facts_at(ours.trace, "before_train_iter", "iter"), (std::vector<json>{0, 1, 2}));
}

}  // namespace
}  // namespace millrace
