#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/stand_ins.h"

namespace millrace {
namespace {

using nlohmann::json;

bool is_save(const json& event) { return event[0] == "before_save_checkpoint"; }

/// All points but the saves. Where a save is differs (tests/golden/README.md, "Where Millrace differs"): MMEngine saves
/// within a point, so hooks that it calls later in the point see another last_checkpoint.
std::vector<json> without_saves(const std::vector<json>& trace) {
  std::vector<json> points;
  std::copy_if(trace.begin(), trace.end(), std::back_inserter(points),
               [](const json& event) { return !is_save(event); });
  for (json& point : points) point[1].erase("last_checkpoint");
  return points;
}

/// What was saved, in order; not when.
std::vector<json> saves_of(const std::vector<json>& trace) {
  std::vector<json> saves;
  for (const json& event : trace)
    if (is_save(event)) saves.push_back({event[0], {{"meta", event[1]["meta"]}, {"keys", event[1]["keys"]}}});
  return saves;
}

/// A save comes between two points, when the iteration that it holds is counted.
void expect_saves_between_points(const std::vector<json>& trace) {
  for (size_t begin = 0; begin < trace.size(); ++begin) {
    if (!is_save(trace[begin])) continue;
    size_t end = begin;  // one event for each recorder
    for (; end < trace.size() && is_save(trace[end]); ++end) {
      EXPECT_EQ(trace[end][1]["iter"], trace[end][1]["meta"]["iter"]) << trace[end].dump();
    }
    ASSERT_GT(begin, 0U);
    const json& before = trace[begin - 1];
    if (end < trace.size()) {
      EXPECT_FALSE(before[0] == trace[end][0] && before[1]["iter"] == trace[end][1]["iter"])
          << "a save within a point: " << before.dump() << " and " << trace[end].dump();
    }
    begin = end;
  }
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
      {"iters_default_hooks_untouched", "a run by iterations saves and names by iterations"},
      {"hook_raises_value_error", "the hooks behind the one that fails are called, and the run is saved"},
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
    const std::vector<json> trace(golden["trace"].begin(), golden["trace"].end());
    expect_trace(name, without_saves(ours.trace), without_saves(trace));
    expect_trace(name, saves_of(ours.trace), saves_of(trace));
    expect_saves_between_points(ours.trace);
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
  std::vector<json> expected = without_saves({golden["trace"].begin(), golden["trace"].end()});
  std::vector<json> trace = without_saves(ours.trace);
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

TEST(HookOrder, ARunByIterationsSavesByIterationsWithItsDefaultHooks) {
  const json golden = case_named("iters_default_hooks_untouched");
  const GoldenRun ours = run_golden_case(golden);
  EXPECT_EQ(ours.files, (std::vector<std::string>{"iter_2.pth", "iter_4.pth"}));
  // All else is as in MMEngine, but for the last save, which comes with its iteration.
  expect_trace("iters_default_hooks_untouched", without_saves(ours.trace),
               without_saves({golden["trace"].begin(), golden["trace"].end()}));
}

TEST(HookOrder, AnErrorOfAHookEndsTheRunBehindTheOthersAndASave) {
  const json golden = case_named("hook_raises_value_error");
  const GoldenRun ours = run_golden_case(golden);
  EXPECT_NE(ours.error, "");
  std::vector<json> expected = without_saves({golden["trace"].begin(), golden["trace"].end()});
  json behind = expected.back();  // what MMEngine does not call any more
  behind[1]["hook"] = "behind";
  expected.push_back(behind);
  expect_trace("hook_raises_value_error", without_saves(ours.trace), expected);
  EXPECT_EQ(ours.files, (std::vector<std::string>{"iter_2.pth"}));
}

}  // namespace
}  // namespace millrace
