#include "millrace/hooks/empty_cache_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/log/logger.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

/// At which points the hook acts. It says so where the device keeps nothing that could be emptied: the meta device.
std::vector<std::string> points_of(const EmptyCacheHook::Options& options) {
  const ScratchFolder folder;
  std::vector<std::string> points;
  const auto look = [&](const char* name, const auto& call) {
    HostedRun run(folder.path() / name);
    run.runner->context().device = c10::Device(c10::kMeta);
    bool acts = false;
    run.runner->logger().to_callback([&](LogLevel, std::string_view text) {
      acts = acts || text.find("EmptyCacheHook has no effect") != std::string_view::npos;
    });
    EmptyCacheHook hook(options);
    call(hook, *run.runner);
    if (acts) points.emplace_back(name);
  };
  look("before_epoch", [](Hook& hook, Runner& runner) {
    EpochPoint point{runner, Mode::train};
    hook.before_epoch(point);
  });
  look("after_iter", [](Hook& hook, Runner& runner) {
    Batch batch;
    IterPoint point{runner, Mode::train, 0, 1, batch, {}};
    hook.after_iter(point);
  });
  look("after_epoch", [](Hook& hook, Runner& runner) {
    EpochPoint point{runner, Mode::train};
    hook.after_epoch(point);
  });
  return points;
}

TEST(EmptyCacheHook, EmptiesAtThePointsThatItIsTold) {
  using testing::ElementsAre;
  EXPECT_THAT(points_of({}), ElementsAre("after_epoch"));
  EXPECT_THAT(points_of({.before_epoch = true, .after_epoch = false}), ElementsAre("before_epoch"));
  EXPECT_THAT(points_of({.after_epoch = false, .after_iter = true}), ElementsAre("after_iter"));
}

}  // namespace
}  // namespace millrace
