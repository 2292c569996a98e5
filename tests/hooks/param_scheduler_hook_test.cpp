#include "millrace/hooks/param_scheduler_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/optim/optim_set.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/optim/schedulers/reduce_on_plateau_lr.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "millrace/structures/metric_map.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ParamSchedulerHook, StepsSchedulesByIterationAndByEpoch) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 2, [](RunnerOptions& options) {
    options.param_scheduler = Named<ParamScheduler>(std::vector<Component<ParamScheduler>>{
        use<StepLR>({.step_size = 4, .gamma = 0.5, .range = {.by_epoch = false}}),
        use<StepMomentum>({.step_size = 1, .gamma = 0.5})});
  });
  run.runner->train();  // 12 iterations in 2 epochs; nothing moves after the last
  const OptimWrapper& optim = run.runner->optims()->only();
  EXPECT_DOUBLE_EQ(optim.lr(), 0.01 / 4);
  EXPECT_DOUBLE_EQ(optim.momentum(), 0.9 / 2);
}

TEST(ParamSchedulerHook, RefusesAMetricThatNoValidationGives) {
  const ScratchFolder folder;
  EXPECT_THAT(
      [&] {
        HostedRun(folder.path(), 2, [](RunnerOptions& options) {
          options.param_scheduler = use<ReduceOnPlateauLR>({.monitor = "accuracy/top1"});
        });
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("a schedule depends on 'accuracy/top1' of the validation, but the run has "
                                           "no validation\n"),
                                 HasSubstr("\n  val_dataloader, val_cfg and val_evaluator make one"))));
}

TEST(ParamSchedulerHook, GivesTheMetricsOfAValidationToTheSchedules) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 1,
                [](RunnerOptions& options) { options.param_scheduler = use<StepLR>({.step_size = 1000}); });
  run.runner->train();
  ParamSchedulers& schedulers = *run.runner->schedulers();
  schedulers.add(std::make_shared<ReduceOnPlateauLR>(
      run.runner->optims()->only(), ReduceOnPlateauLR::Options{.factor = 0.5, .patience = 0, .range = {.end = 9}}));
  const MetricMap metrics = {{"loss", 1.0}};
  EvalEnd point{*run.runner, metrics};
  ParamSchedulerHook hook;
  hook.after_val_epoch(point);
  hook.after_val_epoch(point);
  EXPECT_DOUBLE_EQ(run.runner->optims()->only().lr(), 0.005);
}

}  // namespace
}  // namespace millrace
