#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/hooks/grad_norm_hook.h"
#include "millrace/hooks/memory_hook.h"
#include "millrace/hooks/throughput_hook.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stand_in_run.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::Lt;
using testing::SizeIs;
using testing::ThrowsMessage;

std::vector<double> history(Runner& runner, const std::string& name) {
  runner.hub().fetch();
  const auto values = runner.hub().history(name).values();
  return {values.begin(), values.end()};
}

TEST(GradNormHook, LogsTheNormOfEachStep) {
  const StandInRun run("[dict(type='GradNormHook')]");
  run.runner->train();  // the gradient of w is the mean of the inputs
  EXPECT_THAT(history(*run.runner, "train/grad_norm"), ElementsAre(1.5, 3.5, 5.5));
}

TEST(GradNormHook, LogsEveryIntervalThStep) {
  const StandInRun run("[dict(type='GradNormHook', interval=2, norm_type='inf')]");
  run.runner->train();
  EXPECT_THAT(history(*run.runner, "train/grad_norm"), ElementsAre(1.5, 5.5));
}

TEST(GradNormHook, LeavesTheNormOfAnOptimizerThatClipsToIt) {
  const StandInRun run("[dict(type='GradNormHook')]",
                       "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5), clip_grad=dict(max_norm=1))\n");
  run.runner->train();
  EXPECT_THAT(history(*run.runner, "train/grad_norm"), ElementsAre(1.5, 3.5, 5.5));
}

TEST(GradNormHook, LogsThoseOfPartsThatMakeUpTheWhole) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 1, [](RunnerOptions& options) {
    options.custom_hooks.push_back(use<GradNormHook>({.parts = {"first", "last"}}));
  });
  run.runner->train();
  const auto whole = history(*run.runner, "train/grad_norm"), first = history(*run.runner, "train/grad_norm_first"),
             last = history(*run.runner, "train/grad_norm_last");
  ASSERT_THAT(whole, SizeIs(6));
  for (size_t i = 0; i < whole.size(); ++i)
    EXPECT_THAT(first[i] * first[i] + last[i] * last[i], DoubleNear(whole[i] * whole[i], 1e-9));
}

TEST(GradNormHook, RefusesAPartThatTheModelDoesNotHave) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 1,
                [](RunnerOptions& options) { options.custom_hooks.push_back(use<GradNormHook>({.parts = {"lost"}})); });
  EXPECT_THAT([&] { run.runner->train(); },
              ThrowsMessage<Error>(HasSubstr("GradNormHook.parts: the model has no 'lost'; did you mean 'last'?")));
}

TEST(ThroughputHook, LogsAFigureForEachInterval) {
  const StandInRun run("[dict(type='ThroughputHook', interval=2)]", "train_cfg = dict(by_epoch=True, max_epochs=2)\n");
  run.runner->train();
  EXPECT_THAT(history(*run.runner, "train/samples_per_second"), AllOf(SizeIs(3), testing::Each(Gt(0))));
}

TEST(MemoryHook, IsSampledByTime) {
  const StandInRun each("[dict(type='MemoryHook', seconds=0)]"), seldom("[dict(type='MemoryHook', seconds=3600)]");
  each.runner->train();
  seldom.runner->train();
  EXPECT_THAT(history(*each.runner, "train/memory"), AllOf(SizeIs(3), testing::Each(AllOf(Gt(10.0), Lt(1e6)))));
  EXPECT_THAT(history(*seldom.runner, "train/memory"), SizeIs(1));
}

}  // namespace
}  // namespace millrace
