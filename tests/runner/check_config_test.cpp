#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/config/overrides.h"
#include "millrace/runner/run_config.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

ConfigReport report_of(const std::string& text) {
  return check_run_config(Config::from_string(text, Config::Format::python, "c.py"));
}
std::vector<std::string> lines_of(const Mistakes& mistakes) {
  std::vector<std::string> lines;
  for (const Error& error : mistakes.sorted()) lines.push_back(error.place().str() + ": " + error.summary());
  return lines;
}
std::vector<std::string> mistakes_of(const std::string& text) { return lines_of(report_of(text).mistakes); }
std::vector<std::string> absent_of(const std::string& text) {
  std::vector<std::string> names;
  for (const AbsentComponent& component : report_of(text).absent)
    names.push_back(component.name + " x" + std::to_string(component.count));
  return names;
}

TEST(CheckConfig, OfAFileWithoutAModelNothingIsMissing) {
  EXPECT_THAT(mistakes_of("train_cfg = dict(val_interval=2)\n"
                          "optim_wrapper = dict(clip_grad=dict(max_norm=1))\n"
                          "train_dataloader = dict(batch_size=4)\n"
                          "default_hooks = dict(visualization=dict(interval=1), checkpoint=dict(interval=2))\n"
                          "param_scheduler = [dict(type='StepLR')]\n"),
              IsEmpty());
  EXPECT_THAT(mistakes_of("train_dataloader = dict(batch_size=0, num_wrokers=2)\n"
                          "train_cfg = dict(val_intervall=2)\n"),
              ElementsAre("c.py:1:36: DataLoader.batch_size must be at least 1, got 0",
                          "c.py:1:39: DataLoader has no key 'num_wrokers'; did you mean 'num_workers'?",
                          "c.py:2:18: EpochBasedTrainLoop has no key 'val_intervall'; did you mean 'val_interval'?"));
}

TEST(CheckConfig, OfAWholeConfigMissingKeysAreNamed) {
  EXPECT_THAT(mistakes_of("model = dict(type='mmdet.FasterRCNN')\n"
                          "train_cfg = dict(val_interval=2)\n"
                          "optim_wrapper = dict(type='OptimWrapper')\n"),
              ElementsAre("c.py:2:13: train_cfg needs 'max_epochs' or 'max_iters', or the 'type' of a loop",
                          "c.py:3:17: OptimWrapper needs the key 'optimizer'"));
}

TEST(CheckConfig, ComponentsThatAreNotThereAreGroupedAndNoMistakes) {
  const std::string text =
      "default_scope = 'mmdet'\n"
      "model = dict(type='FasterRCNN', backbone=dict(type='ResNet', norm_cfg=dict(type='IN')),\n"
      "             neck=[dict(type='FPN'), dict(type='FPN')])\n"
      "train_dataloader = dict(dataset=dict(type='RepeatDataset', dataset=dict(type='CocoDataset')))\n"
      "train_cfg = dict(max_epochs=1)\n"
      "optim_wrapper = dict(optimizer=dict(type='SparseAdam'))\n"
      "custom_hooks = [dict(type='NPUProfilerHook'), dict(type='NumClassCheckHook')]\n"
      "param_scheduler = dict(type='QuadraticWarmupLR', begin=1)\n";
  EXPECT_THAT(mistakes_of(text), IsEmpty());
  EXPECT_THAT(absent_of(text),
              ElementsAre("mmdet.FasterRCNN x1", "mmdet.ResNet x1", "IN x1", "mmdet.FPN x2", "mmdet.RepeatDataset x1",
                          "mmdet.CocoDataset x1", "SparseAdam x1", "NPUProfilerHook x1", "mmdet.NumClassCheckHook x1",
                          "mmdet.QuadraticWarmupLR x1"));
}

TEST(CheckConfig, ASlipInTheNameOfAComponentIsAMistake) {
  EXPECT_THAT(mistakes_of("optim_wrapper = dict(optimizer=dict(type='SDG', lr=0.1, mometum=0.9))\n"),
              ElementsAre("c.py:1:42: no Optimizer 'SDG'; did you mean 'SGD'?",
                          "c.py:1:57: SGD has no key 'mometum'; did you mean 'momentum'?"));
  EXPECT_THAT(mistakes_of("optim_wrapper = dict(optimizer=dict(type='SparseAdam', lr=0.1))\n"), IsEmpty());
}

TEST(CheckConfig, WithSourcesThatWereNotLoadedNoNameIsASlip) {
  const std::string text =
      "custom_imports = dict(imports=['my_hooks'])\ncustom_hooks = [dict(type='CheckpointHook2')]\n";
  EXPECT_THAT(mistakes_of(text), IsEmpty());
  EXPECT_THAT(absent_of(text), ElementsAre("CheckpointHook2 x1"));
}

TEST(CheckConfig, KnownPartsOfAnAbsentDatasetAreCheckedAsAnywhere) {
  EXPECT_THAT(
      mistakes_of("default_scope = 'mmpretrain'\n"
                  "train_dataloader = dict(dataset=dict(type='RepeatDataset', times=2, dataset=dict(\n"
                  "    type='MNIST', split='tarin', pipeline=[dict(type='RandomFlip', prob=2.0, of_another=1)])))\n"),
      ElementsAre("c.py:3:25: MNIST.split must be 'train' or 'test', got 'tarin'; did you mean 'train'?",
                  StartsWith("c.py:3:73: RandomFlip.prob must be from 0 to 1, got 2.0"),
                  "c.py:3:78: RandomFlip has no key 'of_another'"));
}

TEST(CheckConfig, UnderAnAbsentConstructorOnlyKeysThatAreCloseToKnownOnesAreMistakes) {
  const std::string wrapper =
      "dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr='of the constructor', layers=3, weight_deacy=0.1))";
  const std::string mistake = "AdamW has no key 'weight_deacy'; did you mean 'weight_decay'?";
  const std::string single =
      "optim_wrapper = dict(constructor='LayerDecayConstructor', accumulative_count=2,\n"
      "    optimizer=dict(type='AdamW', lr='x', layers=3, weight_deacy=0.1))\n";
  EXPECT_THAT(
      mistakes_of(single),
      ElementsAre("c.py:1:59: OptimWrapper has no key 'accumulative_count'; did you mean 'accumulative_counts'?",
                  "c.py:2:52: " + mistake));
  EXPECT_THAT(mistakes_of("optim_wrapper = dict(constructor='MultiOptimWrapperConstructor',\n"
                          "    generator=" +
                          wrapper + ",\n    discriminator=" + wrapper + ")\n"),
              ElementsAre("c.py:2:105: " + mistake, "c.py:3:109: " + mistake));
  EXPECT_THAT(absent_of(single), ElementsAre("LayerDecayConstructor x1"));
}

TEST(CheckConfig, UnderAnAbsentLoopDataloadersAreChecked) {
  EXPECT_THAT(mistakes_of("val_cfg = dict(type='MultiValLoop', extra_dataloader=dict(batch_sizes=2))\n"
                          "val_dataloader = [dict(batch_size=1, of_the_loop=2), dict(num_worker=2)]\n"
                          "val_evaluator = [[dict(type='CocoMetric')], dict(anything=1)]\n"),
              ElementsAre("c.py:1:59: DataLoader has no key 'batch_sizes'; did you mean 'batch_size'?",
                          "c.py:2:59: DataLoader has no key 'num_worker'; did you mean 'num_workers'?"));
}

TEST(CheckConfig, UnderAnAbsentHookItsKnownPartsAreChecked) {
  EXPECT_THAT(mistakes_of("custom_hooks = [dict(type='SwitchHook', anything=1, schedule=[\n"
                          "    dict(action_epoch=3, optimizer=dict(type='SGD', lrr=0.1, of_the_hook=2))])]\n"),
              ElementsAre("c.py:2:53: SGD has no key 'lrr'; did you mean 'lr'?"));
}

TEST(CheckConfig, ADefaultHookWithoutATypeHasTheTypeOfTheDefault) {
  EXPECT_THAT(mistakes_of("model = dict(type='mmdet.RPN')\n"
                          "default_hooks = dict(logger=dict(intervall=5), checkpont=dict(interval=1),\n"
                          "    tmier=dict(type='IterTimerHook'), vis=dict(type='DetVisualizationHook', draw=True))\n"),
              ElementsAre("c.py:2:34: LoggerHook has no key 'intervall'; did you mean 'interval'?",
                          "c.py:2:48: default_hooks has no key 'checkpont'; did you mean 'checkpoint'?",
                          "c.py:3:5: default_hooks has no key 'tmier'; did you mean 'timer'?"));
}

TEST(CheckConfig, TheTypeOfALoopSaysWhatByEpochWouldSay) {
  EXPECT_THAT(
      mistakes_of("train_cfg = dict(type='EpochBasedTrainLoop', by_epoch=True, max_epochs=3, val_intervall=1)\n"),
      ElementsAre("c.py:1:46: EpochBasedTrainLoop has no key 'by_epoch': the type decides which loop it is",
                  "c.py:1:75: EpochBasedTrainLoop has no key 'val_intervall'; did you mean 'val_interval'?"));
  EXPECT_THAT(mistakes_of("train_cfg = dict(by_epch=True, max_epochs=3)\n"),
              ElementsAre("c.py:1:18: EpochBasedTrainLoop has no key 'by_epch'; did you mean 'by_epoch'?"));
}

TEST(CheckConfig, AMisspeltOptimizerIsNotTheNameOfAWrapper) {
  EXPECT_THAT(mistakes_of("optim_wrapper = dict(optimzer=dict(type='SGD', lr=0.1), clip_grad=dict(max_norm=1))\n"),
              ElementsAre("c.py:1:22: OptimWrapper has no key 'optimzer'; did you mean 'optimizer'?"));
}

TEST(CheckConfig, WhatNothingReadsIsOneWarning) {
  const ConfigReport report = report_of(
      "lr = 0.1\nused = 2\nnorm_cfg = dict(type='BN')\nfp16 = None\n"
      "optim_wrapper = dict(optimizer=dict(type='SGD', lr=used))\nworkflow = []\n");
  EXPECT_THAT(lines_of(report.mistakes), IsEmpty());
  EXPECT_THAT(lines_of(report.warnings), ElementsAre("c.py:1:1: nothing reads the config's lr, norm_cfg, fp16"));
}

TEST(CheckConfig, ASchedulePastTheTrainingsEndIsAWarning) {
  const auto warnings = [](const std::string& loop, const std::string& schedules) {
    return lines_of(report_of("train_cfg = dict(" + loop + ")\nparam_scheduler = [" + schedules + "]\n").warnings);
  };
  EXPECT_THAT(warnings("max_epochs=3", "dict(type='LinearLR', end=5)"),
              ElementsAre("c.py:2:20: a schedule of lr ends after 5 epochs, and the training after 3: it does not come "
                          "to its end"));
  EXPECT_THAT(warnings("max_epochs=3", "dict(type='LinearLR', end=3), dict(type='StepMomentum', step_size=1, begin=3)"),
              ElementsAre("c.py:2:50: a schedule of momentum begins after 3 epochs, and the training ends after 3: it "
                          "does nothing"));
  EXPECT_THAT(warnings("max_iters=100", "dict(type='LinearLR', end=500, by_epoch=False)"),
              ElementsAre("c.py:2:20: a schedule of lr ends after 500 iterations, and the training after 100: it does "
                          "not come to its end"));
  EXPECT_THAT(warnings("max_iters=100", "dict(type='StepLR', step_size=1)"),
              ElementsAre("c.py:2:20: a schedule of lr counts epochs, but the training is one epoch long: it changes "
                          "nothing after the start; by_epoch=False counts iterations"));
  // How many iterations an epoch has, only the data tell.
  EXPECT_THAT(warnings("max_epochs=3", "dict(type='LinearLR', end=500, by_epoch=False)"), IsEmpty());
  EXPECT_THAT(warnings("max_epochs=3", "dict(type='LinearLR'), dict(type='OneCycleLR', eta_max=1)"), IsEmpty());
}

TEST(CheckConfig, ATrainingThatGoesOnAfterTheLastValueOfAScheduleIsAMistake) {
  const std::string optim = "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))\n";
  const auto mistakes = [&](const std::string& loop, const std::string& schedule) {
    return mistakes_of(
        "model = dict(type='StandInModel')\ntrain_dataloader = dict(batch_size=2, "
        "dataset=dict(type='StandInDataset', length=6))\ntrain_cfg = dict(" +
        loop + ")\n" + optim + "param_scheduler = [dict(type='OneCycleLR', eta_max=1, " + schedule + ")]\n");
  };
  EXPECT_THAT(mistakes("max_iters=100", "total_steps=60, by_epoch=False"),
              ElementsAre("c.py:5:67: total_steps is 60, but the schedule acts in 100 iterations"));
  EXPECT_THAT(mistakes("max_epochs=12", "total_steps=8, begin=2"),
              ElementsAre("c.py:5:67: total_steps is 8, but the schedule acts in 10 epochs"));
  EXPECT_THAT(mistakes("max_epochs=12", "total_steps=8, begin=2, end=10"), IsEmpty());
  EXPECT_THAT(mistakes("max_epochs=12", "total_steps=20"), IsEmpty());
}

TEST(CheckConfig, ANameThatIsCloseToARunnerKeyIsAMistakeThoughABaseDefinesIt) {
  EXPECT_THAT(mistakes_of("trian_cfg = dict(max_epochs=2)\n"),
              ElementsAre("c.py:1:1: the config has no key 'trian_cfg'; did you mean 'train_cfg'?"));
  EXPECT_THAT(mistakes_of("train_cgf = 3\ntrain_cfg = dict(max_epochs=train_cgf)\n"), IsEmpty());
  const ScratchFolder folder;
  std::ofstream(folder / "base.py") << "custom_hook = []\nbase_only = 1\n";
  std::ofstream(folder / "child.py") << "_base_ = './base.py'\n";
  const ConfigReport report = check_run_config(Config::from_file(folder / "child.py"));
  EXPECT_THAT(lines_of(report.mistakes),
              ElementsAre((folder / "base.py") + ":1:1: the config has no key 'custom_hook'; did you mean "
                                                 "'custom_hooks'?"));
  EXPECT_THAT(lines_of(report.warnings), IsEmpty());
}

TEST(CheckConfig, EvaluatorsOfOtherLibrariesAreAbsent) {
  const std::string text =
      "val_evaluator = dict(type='MultiDatasetsEvaluator', metrics=[dict(type='CocoMetric')], p=1)\n";
  EXPECT_THAT(mistakes_of(text), IsEmpty());
  EXPECT_THAT(absent_of(text), ElementsAre("MultiDatasetsEvaluator x1", "CocoMetric x1"));
  EXPECT_THAT(mistakes_of("val_evaluator = dict(metrics=[], metric=1)\n"),
              ElementsAre("c.py:1:34: Evaluator has no key 'metric'; did you mean 'metrics'?"));
}

TEST(CheckConfig, AKeyWithoutAValueIsLeftOut) {
  EXPECT_THAT(mistakes_of("model = dict(type='mmdet.RPN')\ntrain_cfg = None\nval_cfg = None\nvisualizer = None\n"
                          "train_dataloader = None\noptim_wrapper = None\ncustom_hooks = None\n"),
              IsEmpty());
}

TEST(CheckConfig, OneWrongKeyInADictThatOneAlternativeTakesIsNamed) {
  EXPECT_THAT(mistakes_of("optim_wrapper = dict(type='AmpOptimWrapper', loss_scale=dict(init_scal=2.0),\n"
                          "    optimizer=dict(type='SGD', lr=0.1))\n"),
              ElementsAre("c.py:1:62: LossScaler has no key 'init_scal'; did you mean 'init_scale'?"));
}

std::vector<std::string> mistakes_with(const std::string& text, const std::vector<std::string>& overrides) {
  Config config = Config::from_string(text, Config::Format::python, "c.py");
  apply_overrides(config, overrides);
  std::vector<std::string> texts;
  for (const Error& error : check_run_config(config).mistakes.sorted()) texts.emplace_back(error.what());
  return texts;
}

TEST(CheckConfig, AnOverrideThatNothingReadsIsAMistake) {
  const std::string text =
      "data_root = 'data/'\nsize = 28\n"
      "train_cfg = dict(max_epochs=3)\n"
      "train_dataloader = dict(batch_size=4, dataset=dict(type='mmdet.CocoDataset', data_root=data_root,\n"
      "    ann_file=data_root + 'a.json', pipeline=[dict(type='mmdet.Crop', crop_size=size)]))\n";
  EXPECT_THAT(
      mistakes_with(text, {"max_epochs=2"}),
      ElementsAre("command line: max_epochs=2: nothing reads 'max_epochs'; did you mean 'train_cfg.max_epochs'?"));
  EXPECT_THAT(
      mistakes_with(text, {"max_epoch=2"}),
      ElementsAre("command line: max_epoch=2: nothing reads 'max_epoch'; did you mean 'train_cfg.max_epochs'?"));
  EXPECT_THAT(mistakes_with(text, {"trian_cfg.max_epochs=2"}),
              ElementsAre(StartsWith("command line: trian_cfg.max_epochs=2: the config has no key 'trian_cfg'; did you "
                                     "mean 'train_cfg'?")));
  EXPECT_THAT(mistakes_with(text, {"data_root=/d/"}),
              ElementsAre("command line: data_root=/d/: nothing reads 'data_root' any more: it is a variable of the "
                          "config\n  'data/' is at train_dataloader.dataset.data_root, "
                          "train_dataloader.dataset.ann_file\n  help: train_dataloader.dataset.data_root=/d/ "
                          "train_dataloader.dataset.ann_file=/d/a.json"));
  EXPECT_THAT(mistakes_with(text, {"size=32"}),
              ElementsAre(HasSubstr("help: train_dataloader.dataset.pipeline.0.crop_size=32")));
  EXPECT_THAT(mistakes_with(text, {"train_cfg.max_epochs=2", "launcher=none", "custom_hooks=[]"}), IsEmpty());
  EXPECT_THAT(mistakes_with(text + "custom_imports = dict(imports=['mine'])\n", {"mine=2"}), IsEmpty());
}

}  // namespace
}  // namespace millrace
