#include "millrace/hooks/profiler_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/stand_in_run.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Calls of an operator in a trace of Chrome's format. One within another of its name is none: mean() calls mean.dim() in
/// some versions of libtorch.
int64_t calls(const std::filesystem::path& file, const std::string& name) {
  std::ifstream in(file);
  const json trace = json::parse(in);
  std::vector<std::pair<double, double>> spans;
  for (const json& event : trace.at("traceEvents"))
    if (event.at("ph") == "X" && event.at("name") == name && event.contains("ts") && event.contains("dur"))
      spans.emplace_back(event.at("ts").get<double>(), event.at("ts").get<double>() + event.at("dur").get<double>());
  std::sort(spans.begin(), spans.end());
  int64_t count = 0;
  double end = -1;
  for (const auto& [from, to] : spans)
    if (from >= end) ++count, end = to;
  return count;
}

// The stand-in takes one mean in each iteration.
TEST(ProfilerHook, WritesTheTraceOfTheFirstEpochIntoTheRunFolder) {
  const StandInRun run("[dict(type='ProfilerHook')]", "train_cfg = dict(by_epoch=True, max_epochs=2)\n");
  run.runner->train();
  EXPECT_EQ(calls(run.runner->run_folder().path() / "trace.json", "aten::mean"), 3);
}

TEST(ProfilerHook, WritesTheTraceOfItsIterations) {
  const ScratchFolder folder;
  const StandInRun run("[dict(type='ProfilerHook', by_epoch=False, profile_times=2, json_trace_path='" +
                       (folder.path() / "deep" / "two.json").string() + "')]");
  run.runner->train();
  EXPECT_EQ(calls(folder.path() / "deep" / "two.json", "aten::mean"), 2);
}

TEST(ProfilerHook, FollowsItsSchedule) {
  const StandInRun run(
      "[dict(type='ProfilerHook', by_epoch=False, profile_times=9, "
      "schedule=dict(wait=1, warmup=1, active=2))]",
      "train_cfg = dict(by_epoch=True, max_epochs=3)\n");
  run.runner->train();
  const auto folder = run.runner->run_folder().path();
  EXPECT_EQ(calls(folder / "trace.json", "aten::mean"), 2);
  EXPECT_EQ(calls(folder / "trace_2.json", "aten::mean"), 2);
  EXPECT_FALSE(std::filesystem::exists(folder / "trace_3.json"));
}

TEST(ProfilerHook, LogsATable) {
  const StandInRun run("[dict(type='ProfilerHook', on_trace_ready=dict(type='log_trace'))]");
  run.runner->train();
  EXPECT_THAT(run.messages, Contains(AllOf(HasSubstr("Operators of the profile:\noperator"), HasSubstr("aten::mean"))));
}

TEST(ProfilerHook, WritesForTensorboard) {
  const StandInRun run("[dict(type='ProfilerHook', on_trace_ready=dict(type='tb_trace'))]");
  run.runner->train();
  const RunFolder& folder = run.runner->run_folder();
  EXPECT_EQ(calls(folder.path() / "tf_tracing_logs" / (folder.name() + ".pt.trace.json"), "aten::mean"), 3);
}

TEST(ProfilerHook, RefusesMoreThanThereIs) {
  EXPECT_THAT([] { StandInRun("[dict(type='ProfilerHook', profile_times=2)]"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("ProfilerHook records one epoch at most, got profile_times=2"),
                                         HasSubstr("help: by_epoch=False"))));
  const StandInRun run("[dict(type='ProfilerHook', by_epoch=False, profile_times=4)]");
  EXPECT_THAT([&] { run.runner->train(); },
              ThrowsMessage<Error>(HasSubstr("ProfilerHook.profile_times is 4, and the training has 3 iterations")));
}

}  // namespace
}  // namespace millrace
